import type { Parking } from "./lanes/parking.ts";
import type { Pending } from "./lanes/pending.ts";
import type { LastFailure, WriterFigures } from "./lanes/writer.ts";
import type { WriteDurations } from "./lanes/durations.ts";

/** Where the delivery to one destination is. */
export interface DestinationReport {
  /** The destination's name. */
  readonly name: string;
  /** How many deliveries became durable. */
  readonly delivered: number;
  /** How many batches were written, repetitions included. */
  readonly batches: number;
  /** How many batches were written again, in whole or in part. */
  readonly retries: number;
  /** How long the destination took for each batch, in seconds. */
  readonly writeSeconds: WriteDurations;
  /** How often everything waited for one delivery: a truncate, a changed key or table. */
  readonly barriers: number;
  /** How many deliveries are not durable yet. */
  readonly pending: number;
  /** How many bytes these have, about. */
  readonly pendingBytes: number;
  /** How long the oldest of them has waited, in milliseconds; `null` if there is none. */
  readonly oldestPendingMs: number | null;
  /** How many dead letters this run has kept. */
  readonly deadLetters: number;
  /** The keys that have dead letters, behind which their changes wait. */
  readonly parkedKeys: readonly string[];
  /** The last write that failed; `null` if none has. */
  readonly lastFailure: LastFailure | null;
}

/** Where a delivery is. */
export interface SinkReport {
  /** What it does: it delivers, ends what is on its way, or is over. */
  readonly state: "delivering" | "draining" | "closed" | "failed";
  /** How many transactions, chunks and messages were acknowledged. */
  readonly acknowledged: number;
  /** Each destination's, in the order in which they were given. */
  readonly destinations: readonly DestinationReport[];
}

/** Puts a report together. */
export function reportOf(
  { name, pending, figures, parking, barriers, oldest }: {
    readonly name: string;
    readonly pending: Pending;
    readonly figures: WriterFigures;
    readonly parking: Parking;
    readonly barriers: number;
    readonly oldest: number | undefined;
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
    lastFailure: figures.lastFailure,
  };
}
