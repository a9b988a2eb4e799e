import type { Lsn } from "../lsn.ts";
import type { SnapshotState } from "../snapshot/snapshot_state.ts";

/** How far a consumer is, and on which server. */
export interface Checkpoint {
  /** All that committed before it is done. */
  readonly lsn: Lsn;
  /** The cluster, as IDENTIFY_SYSTEM names it. Positions mean nothing in another one. */
  readonly systemId: string;
  /** The timeline on which the position lies; a promoted standby begins a new one. */
  readonly timeline: number;
  /**
   * How far the copy of the tables is, with the option `snapshot`. A store has to give it
   * back: without it everything is copied again.
   */
  readonly snapshot?: SnapshotState;
}

/**
 * Keeps a consumer's position, beside the server's own in the slot, which a crash of
 * the server can set back.
 *
 * A consumer that writes {@linkcode WholeTransaction.endLsn} in the same database
 * transaction as its data, where {@linkcode CheckpointStore.load} finds it, gets the effect of
 * each transaction exactly once, whatever crashes. For that to hold where a process is paused
 * while another one takes over, the position has to be fenced: it moves only forward, and
 * where it can't (`WHERE lsn < new` finds no row) the transaction is rolled back, and a
 * {@linkcode CheckpointConflictError} thrown. A store that keeps positions apart from the data
 * can't fence the data.
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
   * is called for progress without changes too, and by the same subscription never with a
   * lower position than before, nor before the last call has settled. Until it has, nothing
   * more is confirmed, so it should give up at some time. A store whose consumer writes
   * positions itself keeps the higher one.
   *
   * Whatever it throws ends the stream.
   *
   * @throws {CheckpointConflictError} If another process has moved the position further.
   */
  save(checkpoint: Checkpoint): Promise<void>;
}

/** The server that was found. */
export interface SystemIdentity {
  /** The cluster. */
  readonly systemId: string;
  /** Its present timeline. */
  readonly timeline: number;
}

/** Makes a checkpoint, with what is known of a copy if there is one. */
export function checkpointOf(
  lsn: Lsn,
  { systemId, timeline }: SystemIdentity,
  snapshot: SnapshotState | undefined,
): Checkpoint {
  return snapshot === undefined
    ? { lsn, systemId, timeline }
    : { lsn, systemId, timeline, snapshot };
}

/**
 * Gives a store one position at a time, whichever link it comes from: one that is closed
 * does not wait for long, and what it still keeps must not come behind what the next keeps.
 */
export function oneByOne(store: CheckpointStore): CheckpointStore {
  let last: Promise<void> = Promise.resolve();
  return {
    load: () => store.load(),
    save(checkpoint) {
      const save = () => store.save(checkpoint);
      return last = last.then(save, save);
    },
  };
}
