import type { RouteSettings } from "../options/settings.ts";
import type { Parking } from "./parking.ts";
import type { Writer } from "./writer.ts";
import type { Item } from "./item.ts";
import type { LaneState } from "./lane_state.ts";

/** The parts of a scheduler. */
export interface SchedulerOptions {
  /** The route. */
  readonly settings: RouteSettings;
  /** Writes batches. */
  readonly writer: Writer;
  /** Receives rejected deliveries. */
  readonly parking: Parking;
}

/** Decides which deliveries are written together, and when. */
export interface Scheduler {
  /** Takes the next delivery. */
  push(item: Item): void;
  /** Starts what can be started: no more events arrive for the moment. */
  kick(): void;
  /** Starts everything, even if batches are not full, until {@linkcode resume}. */
  startPartial(): void;
  /** Waits for full batches again. */
  resume(): void;
  /** Starts nothing from now on. */
  stop(): void;
  /** When the oldest unfinished delivery arrived, by `performance.now()`. */
  oldest(): number | undefined;
  /** The state of each lane; there is one for each batch that may be in progress. */
  lanes(): LaneState[];
}

/** Returns the earlier of two times, either of which may be missing. */
export function earlier(
  a: number | undefined,
  b: number | undefined,
): number | undefined {
  return a === undefined ? b : b === undefined ? a : Math.min(a, b);
}
