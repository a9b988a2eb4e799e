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
 * Keeps account of which part of the copies is done, to be kept together with a position of
 * the stream. A pure data structure.
 *
 * A chunk counts once it, and all before it, are acknowledged, and the position has reached
 * the point at which it was given out. What transactions did to a copy counts with them.
 */
export class CopyProgress {
  readonly #durable: DurableCopies;
  // What holds for the stream; the others are those that are known to be kept.
  readonly #liveHolds: Map<number, Hold>;
  #chunks: ChunkEntry[] = [];
  #effects: Effect[] = [];
  #saved: SnapshotState | null = null;

  /** @param state What an earlier subscription left. */
  constructor(state: SnapshotState) {
    this.#durable = new DurableCopies(state);
    this.#liveHolds = new Map(this.#durable.holds);
  }

  /** What of the stream is to be left out, by table. */
  get holds(): ReadonlyMap<number, Hold> {
    return this.#liveHolds;
  }

  /** Notes that the stream has come to a position, behind which nothing is left out. */
  release(position: Lsn): void {
    for (const [oid, { until }] of this.#liveHolds) {
      if (until <= position) this.#liveHolds.delete(oid);
    }
  }

  /** How many chunks were given out and are not acknowledged. */
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

  /** How far a table is that is being copied. */
  find(oid: number): TableProgress | null {
    return this.#durable.find(oid);
  }

  /** Notes that the copy of a table begins, or begins again. */
  begin(oid: number, begun: Begun): void {
    this.#durable.begin(oid, begun);
  }

  /** Notes that a table is not to be copied any more. */
  drop(oid: number): void {
    this.#durable.drop(oid);
    this.#liveHolds.delete(oid);
  }

  /** Notes that a table counts as copied, although it is not. */
  skip(oid: number): void {
    this.#durable.skip(oid);
  }

  /** Forgets all tables but these. */
  keepOnly(oids: ReadonlySet<number>): void {
    for (const oid of this.#durable.oids) {
      if (!oids.has(oid)) this.drop(oid);
    }
  }

  /** Forgets all tables: all are to be copied again. */
  reset(): void {
    this.#durable.reset();
    this.#chunks = [];
    this.#effects = [];
  }

  /** Notes that all tables that are published have been copied. */
  initialize(): void {
    this.#durable.initialize();
  }

  /** Notes that a table's columns, file or name are other ones, and the copy goes on. */
  redefine(oid: number, begun: Begun): void {
    this.#durable.redefine(oid, begun);
  }

  /** Notes what a transaction that was delivered means for the copy of a table. */
  move(
    endLsn: Lsn,
    oid: number,
    run: number,
    moved: readonly MovedRow[],
  ): void {
    this.#effects.push({ endLsn, oid, run, moved });
  }

  /**
   * Notes a chunk that was given out.
   *
   * @param event By which it is acknowledged.
   * @param progress What it means then.
   */
  track(event: ChunkEvent, progress: ChunkProgress): void {
    this.#chunks.push({ id: idOf(event), progress, isDone: false });
    const { oid, hold } = progress;
    if (hold !== null) this.#liveHolds.set(oid, hold);
  }

  /**
   * Marks a chunk as done.
   *
   * @returns Whether there is such a chunk that was not.
   */
  acknowledge(event: ChunkEvent): boolean {
    const id = idOf(event);
    const entry = this.#chunks.find((one) => one.id === id);
    if (entry === undefined || entry.isDone) return false;
    entry.isDone = true;
    return true;
  }

  /**
   * What may be kept with a position of the stream.
   *
   * @returns The same object as before, if nothing has changed.
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
   * What is to be kept with a position once everything is done that was delivered up to it.
   *
   * @param lsn The position: the end of a transaction, or the place of a chunk.
   * @param last The last chunk that is done; `null` for those that were given out before the
   * transaction.
   */
  stateAfter(lsn: Lsn, last: ChunkEvent | null): SnapshotState {
    const effects = this.#effects.filter(({ endLsn }) => endLsn <= lsn);
    const id = last && idOf(last);
    const place = this.#chunks.findIndex((one) => one.id === id);
    // A chunk stands behind the transactions before it, at the end of one or further.
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

  /** Whether there is something to be kept with a position that has not been. */
  hasNews(lsn: Lsn): boolean {
    return this.stateAt(lsn) !== this.#saved;
  }

  /** Notes what was kept. */
  markSaved(state: SnapshotState): void {
    this.#saved = state;
  }
}

// How many entries stand before the first one of a kind.
function lengthUntil<T>(
  entries: readonly T[],
  isFirst: (entry: T) => boolean,
): number {
  const place = entries.findIndex(isFirst);
  return place < 0 ? entries.length : place;
}

// No two stand at the same place between two transactions.
function idOf({ lsn, index }: ChunkEvent): string {
  return `${lsn} ${index}`;
}
