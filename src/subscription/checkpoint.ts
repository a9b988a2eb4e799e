import { SubscriptionError } from "../errors.ts";
import { formatLsn, type Lsn } from "../lsn.ts";

/** How far a consumer is, and on which server. */
export interface Checkpoint {
  /** All that committed before it is done. */
  readonly lsn: Lsn;
  /** The cluster, as IDENTIFY_SYSTEM names it. Positions mean nothing in another one. */
  readonly systemId: string;
  /** The timeline on which the position lies; a promoted standby begins a new one. */
  readonly timeline: number;
}

/**
 * Keeps a consumer's position, beside the server's own in the slot, which a crash of
 * the server can set back.
 *
 * A consumer that writes {@linkcode Transaction.endLsn} in the same database transaction
 * as its data, where {@linkcode CheckpointStore.load} finds it, gets the effect of each
 * transaction exactly once, whatever crashes.
 *
 * @example
 * ```ts
 * import type { Checkpoint, CheckpointStore } from "@walbrook/walbrook";
 *
 * // Good for as long as the process lives.
 * let kept: Checkpoint | null = null;
 * const store: CheckpointStore = {
 *   load: () => Promise.resolve(kept),
 *   save: (checkpoint) => {
 *     kept = checkpoint;
 *     return Promise.resolve();
 *   },
 * };
 * console.log(await store.load());
 * ```
 */
export interface CheckpointStore {
  /** Finds the position that was kept last, or `null` if there is none yet. */
  load(): Promise<Checkpoint | null>;
  /**
   * Keeps a position, for good: the server is told of it only after this has succeeded. It
   * is called for progress without changes too, and never with a lower position than
   * before by the same subscription. A store whose consumer writes positions itself keeps
   * the higher one.
   */
  save(checkpoint: Checkpoint): Promise<void>;
}

/** The server that was found. */
export interface FoundSystem {
  /** The cluster. */
  readonly systemId: string;
  /** Its present timeline. */
  readonly timeline: number;
}

/**
 * Refuses a checkpoint that was not made on this server.
 *
 * @param checkpoint What the store holds.
 * @param found The server.
 * @param acceptTimeline Whether a later timeline is fine.
 * @throws {SubscriptionError} `other_server` or `other_timeline`.
 */
export function checkCheckpoint(
  checkpoint: Checkpoint,
  found: FoundSystem,
  acceptTimeline: boolean,
): void {
  if (checkpoint.systemId !== found.systemId) {
    throw new SubscriptionError(
      "other_server",
      `Cannot go on at ${
        formatLsn(checkpoint.lsn)
      }: that is a position in system ${checkpoint.systemId}, and this server is ${found.systemId}; connect to the other one, or forget the checkpoint and copy the tables anew`,
    );
  }
  const sameTimeline = checkpoint.timeline === found.timeline;
  if (
    sameTimeline || (acceptTimeline && checkpoint.timeline < found.timeline)
  ) {
    return;
  }
  throw new SubscriptionError(
    "other_timeline",
    `Cannot go on at ${
      formatLsn(checkpoint.lsn)
    }: that is a position on timeline ${checkpoint.timeline}, and this server is on ${found.timeline}, as after a failover, which may have lost transactions; compare the data, then pass acceptTimeline: true`,
  );
}
