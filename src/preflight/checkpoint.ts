import type { Lsn } from "../lsn.ts";
import type { SnapshotState } from "../snapshot/progress/snapshot_state.ts";

/**
 * A consumer's position, and the server that it belongs to. {@linkcode
 * Subscription.checkpointAfter} creates one; `formatCheckpoint()` and `parseCheckpoint()` of
 * `@walbrook/walbrook/checkpoint` convert it to text and back.
 *
 * @example
 * ```ts
 * import { type Checkpoint, parseLsn } from "@walbrook/walbrook";
 *
 * const checkpoint: Checkpoint = {
 *   lsn: parseLsn("16/B374D848"),
 *   systemId: "7300000000000000000",
 *   timeline: 1,
 * };
 * console.log(checkpoint.lsn);
 * ```
 *
 * @category Checkpoints
 */
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
 * A consumer that writes {@linkcode WholeTransaction.endLsn} in the same database transaction
 * as its data, where {@linkcode CheckpointStore.load} finds it, gets the effect of each
 * transaction exactly once, even after crashes. If a process may be paused while another one
 * takes over, the position must also be fenced: it only moves forward, and if it can't
 * (`WHERE lsn < new` finds no row), the transaction is rolled back and a {@linkcode
 * CheckpointConflictError} thrown. A store that keeps positions separate from the data can't
 * fence the data.
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
 *
 * @category Checkpoints
 */
export interface CheckpointStore {
  /**
   * Loads the position that was stored last. Called before the stream begins.
   *
   * @returns The position; `null` if there is none yet.
   */
  load(): Promise<Checkpoint | null>;
  /**
   * Stores a position durably. Only after this has succeeded is the position reported to the
   * server. It is also called for progress without changes. A subscription never passes a
   * lower position than before, and never calls it before the previous call has settled.
   * Until then nothing more is confirmed, so the call should time out eventually. If the
   * consumer also writes positions itself, the store keeps the higher one.
   *
   * Any error that it throws ends the stream.
   *
   * @param checkpoint The position: everything that committed before it is processed.
   * @throws {CheckpointConflictError} If another process has moved the position further.
   */
  save(checkpoint: Checkpoint): Promise<void>;
}

/**
 * The server's identity.
 */
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
