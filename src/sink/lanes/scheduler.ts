import type { RouteSettings } from "../options/settings.ts";
import type { Parking } from "./parking.ts";
import type { Writer } from "./writer.ts";
import type { Item } from "./item.ts";

/** What schedulers work with. */
export interface SchedulerOptions {
  /** The route. */
  readonly settings: RouteSettings;
  /** Writes. */
  readonly writer: Writer;
  /** Takes what is refused. */
  readonly parking: Parking;
}

/** Decides which deliveries are written together, and when. */
export interface Scheduler {
  /** Takes the next delivery. */
  push(item: Item): void;
  /** Starts what can be started: nothing more comes for the moment. */
  kick(): void;
  /** Starts everything, full batches or not, from now on until {@linkcode resume}. */
  hurry(): void;
  /** Lets batches fill again. */
  resume(): void;
  /** Starts nothing any more. */
  stop(): void;
  /** When the oldest delivery came that is not done, by `performance.now()`. */
  oldest(): number | undefined;
}

/** The earlier of two times, either of which may be none. */
export function earlier(
  a: number | undefined,
  b: number | undefined,
): number | undefined {
  return a === undefined ? b : b === undefined ? a : Math.min(a, b);
}
