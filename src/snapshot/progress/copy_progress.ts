import type { ChunkEvent } from "../../events/snapshot_event.ts";
import type { Lsn } from "../../lsn.ts";
import type { ChunkProgress, Effect, MovedRow } from "./chunk_progress.ts";
import { type Begun, DurableCopies } from "./durable_copies.ts";
import type { Hold } from "./hold.ts";
import type { SnapshotState, TableProgress } from "./snapshot_state.ts";

interface ChunkEntry {
  readonly id: string;
  readonly progress: ChunkProgress;
  isDone: boolean;
}

/**
 * Tracks which part of the copies is done, to be stored together with a position of the
 * stream. A pure data structure.
 *
 * A chunk counts once it and all chunks before it are acknowledged, and the position has
 * reached the point at which it was emitted. The effects of transactions on a copy count with
 * them.
 */
export class CopyProgress {
  readonly #durable: DurableCopies;
  // The state that applies to the stream; the others are states known to be stored.
  readonly #liveHolds: Map<number, Hold>;
  #chunks: ChunkEntry[] = [];
  #effects: Effect[] = [];
  #saved: SnapshotState | null = null;

  /** @param state The state that an earlier subscription left. */
  constructor(state: SnapshotState) {
    this.#durable = new DurableCopies(state);
    this.#liveHolds = new Map(this.#durable.holds);
  }

  /** The changes to remove from the stream, by table. */
  get holds(): ReadonlyMap<number, Hold> {
    return this.#liveHolds;
  }

  /** Records a position of the stream after which nothing is removed any more. */
  release(position: Lsn): void {
    for (const [oid, { until }] of this.#liveHolds) {
      if (until <= position) this.#liveHolds.delete(oid);
    }
  }

  /** The number of chunks that were emitted and are not acknowledged. */
  get pending(): number {
    return this.#chunks.filter(({ isDone }) => !isDone).length;
  }

  /** Whether all tables that were published at the first start have been copied. */
  get isInitialized(): boolean {
    return this.#durable.isInitialized;
  }

  /** Whether a table has been copied. */
  isDone(oid: number): boolean {
    return this.#durable.isDone(oid);
  }

  /** The progress of a table that is being copied. */
  find(oid: number): TableProgress | null {
    return this.#durable.find(oid);
  }

  /** Records that the copy of a table starts, or starts again. */
  begin(oid: number, begun: Begun): void {
    this.#durable.begin(oid, begun);
  }

  /** Records that a table will not be copied any more. */
  drop(oid: number): void {
    this.#durable.drop(oid);
    this.#liveHolds.delete(oid);
  }

  /** Records that a table counts as copied although it is not. */
  skip(oid: number): void {
    this.#durable.skip(oid);
  }

  /** Removes all tables except these. */
  keepOnly(oids: ReadonlySet<number>): void {
    for (const oid of this.#durable.oids) {
      if (!oids.has(oid)) this.drop(oid);
    }
  }

  /** Removes all tables: all must be copied again. */
  reset(): void {
    this.#durable.reset();
    this.#chunks = [];
    this.#effects = [];
  }

  /** Records that all published tables have been copied. */
  initialize(): void {
    this.#durable.initialize();
  }

  /** Records new columns, a new file or a new name of a table whose copy continues. */
  redefine(oid: number, begun: Begun): void {
    this.#durable.redefine(oid, begun);
  }

  /** Records the effect of a delivered transaction on the copy of a table. */
  move(
    endLsn: Lsn,
    oid: number,
    run: number,
    moved: readonly MovedRow[],
  ): void {
    this.#effects.push({ endLsn, oid, run, moved });
  }

  /**
   * Records an emitted chunk.
   *
   * @param event The event that acknowledges it.
   * @param progress Its effect once acknowledged.
   */
  track(event: ChunkEvent, progress: ChunkProgress): void {
    this.#chunks.push({ id: idOf(event), progress, isDone: false });
    const { oid, hold } = progress;
    if (hold !== null) this.#liveHolds.set(oid, hold);
  }

  /**
   * Marks a chunk as done.
   *
   * @returns Whether there is such a chunk that was not done yet.
   */
  acknowledge(event: ChunkEvent): boolean {
    const id = idOf(event);
    const entry = this.#chunks.find((one) => one.id === id);
    if (entry === undefined || entry.isDone) return false;
    entry.isDone = true;
    return true;
  }

  /**
   * Returns the state that may be stored with a position of the stream.
   *
   * @returns The same object as before if nothing has changed.
   */
  stateAt(lsn: Lsn): SnapshotState {
    const durable = this.#durable;
    const passed = this.#effects.filter(({ endLsn }) => endLsn <= lsn);
    if (passed.length > 0) {
      this.#effects = this.#effects.filter(({ endLsn }) => endLsn > lsn);
      for (const effect of passed) durable.applyEffect(effect);
    }
    const isOpen = ({ progress, isDone }: ChunkEntry) =>
      !isDone || progress.lsn > lsn;
    const count = lengthUntil(this.#chunks, isOpen);
    for (const { progress } of this.#chunks.splice(0, count)) {
      durable.applyChunk(progress);
    }
    durable.release(lsn);
    return durable.state;
  }

  /**
   * Returns the state to store with a position once everything delivered up to it is
   * processed.
   *
   * @param lsn The position: the end of a transaction, or that of a chunk.
   * @param last The last processed chunk; `null` for all chunks that were emitted before the
   * transaction.
   */
  stateAfter(lsn: Lsn, last: ChunkEvent | null): SnapshotState {
    const effects = this.#effects.filter(({ endLsn }) => endLsn <= lsn);
    const id = last && idOf(last);
    const place = this.#chunks.findIndex((one) => one.id === id);
    // A chunk comes after the transactions before it: at the end of the last one, or later.
    const count = last === null
      ? lengthUntil(this.#chunks, ({ progress }) => progress.lsn >= lsn)
      : place + 1;
    const isNews = effects.length > 0 || count > 0;
    if (!isNews) return this.#durable.state;
    const copies = new DurableCopies(this.#durable.state);
    for (const effect of effects) copies.applyEffect(effect);
    for (const { progress } of this.#chunks.slice(0, count)) {
      copies.applyChunk(progress);
    }
    copies.release(lsn);
    return copies.state;
  }

  /** Whether a position has state to store that is not stored yet. */
  hasNews(lsn: Lsn): boolean {
    return this.stateAt(lsn) !== this.#saved;
  }

  /** Records the state that was stored. */
  markSaved(state: SnapshotState): void {
    this.#saved = state;
  }
}

// How many entries precede the first one of a kind.
function lengthUntil<T>(
  entries: readonly T[],
  isFirst: (entry: T) => boolean,
): number {
  const place = entries.findIndex(isFirst);
  return place < 0 ? entries.length : place;
}

// No two of them are at the same place between two transactions.
function idOf({ lsn, index }: ChunkEvent): string {
  return `${lsn} ${index}`;
}
