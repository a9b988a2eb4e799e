import type { Lsn } from "../lsn.ts";
import type { SnapshotState } from "../snapshot/progress/snapshot_state.ts";

/** A consumer's position, and the server that it belongs to. */
export interface Checkpoint {
  /** Everything that committed before it is processed. */
  readonly lsn: Lsn;
  /**
   * The system identifier reported by IDENTIFY_SYSTEM. Positions mean nothing in another
   * cluster.
   */
  readonly systemId: string;
  /** The timeline of the position; a promoted standby starts a new one. */
  readonly timeline: number;
  /**
   * The progress of the copy of tables, with the option `snapshot`. A store must return it
   * from {@linkcode CheckpointStore.load}: without it everything is copied again.
   */
  readonly snapshot?: SnapshotState;
}

/**
 * Stores a consumer's position, in addition to the slot's position on the server, which a
 * crash of the server can set back.
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
  /** Loads the position stored last, or `null` if there is none yet. */
  load(): Promise<Checkpoint | null>;
  /**
   * Stores a position durably: the server is told of it only after this has succeeded. It is
   * also called for progress without changes. A subscription never passes a lower position
   * than before, nor calls it before the previous call has settled. Until then nothing more
   * is confirmed, so the call should time out eventually. A store whose consumer also writes
   * positions itself keeps the higher one.
   *
   * Whatever it throws ends the stream.
   *
   * @throws {CheckpointConflictError} If another process has moved the position further.
   */
  save(checkpoint: Checkpoint): Promise<void>;
}

/** The server's identity. */
export interface SystemIdentity {
  /** The system identifier of the cluster. */
  readonly systemId: string;
  /** Its current timeline. */
  readonly timeline: number;
}

/** Creates a checkpoint, including the progress of a copy if there is one. */
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
 * Passes one position at a time to a store, whichever link it is from: a closed link does not
 * wait for long, and a save that it started must not overwrite a later one.
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
