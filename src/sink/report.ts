import type { ParkedKey } from "./lanes/key_groups.ts";
import type { LaneState } from "./lanes/lane_state.ts";
import type { Parking } from "./lanes/parking.ts";
import type { Pending } from "./lanes/pending.ts";
import type { LastFailure, WriterFigures } from "./lanes/writer.ts";
import type { WriteDurations } from "./lanes/durations.ts";

/** The state of the delivery to one destination. */
export interface DestinationReport {
  /** The destination's name. */
  readonly name: string;
  /** The number of deliveries that became durable. */
  readonly delivered: number;
  /** The number of written batches, including repetitions. */
  readonly batches: number;
  /** The number of batches that were written again, in whole or in part. */
  readonly retries: number;
  /** The time that the destination took for each batch, in seconds. */
  readonly writeSeconds: WriteDurations;
  /** How often everything waited for one delivery: a truncate, a changed key or table. */
  readonly barriers: number;
  /** The number of deliveries that are not durable yet. */
  readonly pending: number;
  /** Their approximate size, in bytes. */
  readonly pendingBytes: number;
  /** How long the oldest of them has waited, in milliseconds; `null` if there is none. */
  readonly oldestPendingMs: number | null;
  /** The number of dead letters stored by this run. */
  readonly deadLetters: number;
  /** The keys with dead letters, whose later changes are stored too. */
  readonly parkedKeys: readonly string[];
  /** The same keys, with how many changes wait behind each, since when, and why. */
  readonly parked: readonly ParkedKey[];
  /** The state of each lane; there is one for each batch that may be in progress. */
  readonly lanes: readonly LaneState[];
  /** The last write that failed; `null` if none has. */
  readonly lastFailure: LastFailure | null;
}

/** The state of a delivery. */
export interface SinkReport {
  /** What it does: it delivers, finishes what is in progress, or has ended. */
  readonly state: "delivering" | "draining" | "closed" | "failed";
  /** The number of acknowledged transactions, chunks and messages. */
  readonly acknowledged: number;
  /** The reports of the destinations, in the order in which they were given. */
  readonly destinations: readonly DestinationReport[];
}

/** Creates a report. */
export function reportOf(
  { name, pending, figures, parking, barriers, oldest, lanes }: {
    readonly name: string;
    readonly pending: Pending;
    readonly figures: WriterFigures;
    readonly parking: Parking;
    readonly barriers: number;
    readonly oldest: number | undefined;
    readonly lanes: readonly LaneState[];
  },
): DestinationReport {
  return {
    name,
    delivered: figures.delivered,
    batches: figures.batches,
    retries: figures.retries,
    writeSeconds: figures.durations.snapshot(),
    barriers,
    pending: pending.items,
    pendingBytes: pending.bytes,
    oldestPendingMs: oldest === undefined ? null : performance.now() - oldest,
    deadLetters: parking.letters,
    parkedKeys: parking.keys,
    ...{ parked: parking.parked, lanes },
    lastFailure: figures.lastFailure,
  };
}
