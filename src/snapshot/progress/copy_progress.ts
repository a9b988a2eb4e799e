import type { ChunkEvent } from "../../events/snapshot_event.ts";
import type { Lsn } from "../../lsn.ts";
import { type Hold, holdJson, readHold } from "./hold.ts";
import type { SnapshotState, TableProgress } from "./snapshot_state.ts";

/** A row that is to be read once more. */
export interface MovedRow {
  /** Its key, as it is compared. */
  readonly key: string;
  /** The key's texts. */
  readonly texts: readonly string[];
  /** The transaction that moved it there. */
  readonly xid: number;
}

/** What a chunk means for the copy of its table, once it is acknowledged. */
export interface ChunkProgress {
  /** The table's OID. */
  readonly oid: number;
  /** The number of the copy. */
  readonly run: number;
  /** The point of the stream at which it was given out. */
  readonly lsn: Lsn;
  /** The key of its last row. */
  readonly after: readonly string[] | null;
  /** Rows that need not be read once more. */
  readonly settled: readonly MovedRow[];
  /** How many rows it has. */
  readonly rows: number;
  /** How many bytes of COPY data. */
  readonly bytes: number;
  /** Whether the table is copied with it. */
  readonly isEnd: boolean;
  /** What of the stream is to be left out then, since it was copied; `null` for nothing. */
  readonly hold: Hold | null;
}

/** What is known of a copy when it begins. */
export type Begun = Omit<TableProgress, "after" | "again" | "rows" | "bytes">;

/** A table that is being copied, as far as it is known to be done. */
interface DurableTable extends Begun {
  after: readonly string[] | null;
  again: ReadonlyMap<string, MovedRow>;
  rows: number;
  bytes: number;
}

interface ChunkEntry {
  readonly id: string;
  readonly progress: ChunkProgress;
  isDone: boolean;
}

/** What a transaction of the stream did to a copy. */
interface Effect {
  readonly endLsn: Lsn;
  readonly oid: number;
  readonly run: number;
  readonly moved: readonly MovedRow[];
}

/**
 * Keeps account of which part of the copies is done, to be kept together with a position of
 * the stream. A pure data structure.
 *
 * A chunk counts once it, and all before it, are acknowledged, and the position has reached
 * the point at which it was given out. What transactions did to a copy counts with them.
 */
export class CopyProgress {
  readonly #done: Set<number>;
  readonly #tables = new Map<number, DurableTable>();
  #isInitialized: boolean;
  // What holds for the stream, and what of it is known to be kept.
  readonly #liveHolds = new Map<number, Hold>();
  readonly #holds = new Map<number, Hold>();
  #chunks: ChunkEntry[] = [];
  #effects: Effect[] = [];
  #last: SnapshotState | null = null;
  #saved: SnapshotState | null = null;

  /** @param state What an earlier subscription left. */
  constructor(state: SnapshotState) {
    this.#done = new Set(state.done);
    this.#isInitialized = state.initialized;
    for (const [oid, table] of Object.entries(state.tables)) {
      const again = new Map(
        table.again.map(([texts, xid]) => {
          const key = texts.join("\0");
          return [key, { key, texts, xid }] as const;
        }),
      );
      this.#tables.set(Number(oid), { ...table, again });
    }
    for (const [oid, hold] of Object.entries(state.holds ?? {})) {
      this.#holds.set(Number(oid), readHold(hold));
      this.#liveHolds.set(Number(oid), readHold(hold));
    }
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
    return this.#isInitialized;
  }

  /** Whether a table has been copied. */
  isDone(oid: number): boolean {
    return this.#done.has(oid);
  }

  /** How far a table is that is being copied. */
  find(oid: number): TableProgress | null {
    const table = this.#tables.get(oid);
    return table === undefined ? null : toJson(table);
  }

  /** Notes that the copy of a table begins, or begins again. */
  begin(oid: number, begun: Begun): void {
    this.#done.delete(oid);
    this.#tables.set(oid, {
      ...begun,
      ...{ after: null, again: new Map(), rows: 0, bytes: 0 },
    });
    this.#changed();
  }

  /** Notes that a table is not to be copied any more. */
  drop(oid: number): void {
    this.#tables.delete(oid);
    this.#done.delete(oid);
    this.#holds.delete(oid);
    this.#liveHolds.delete(oid);
    this.#changed();
  }

  /** Notes that a table counts as copied, although it is not. */
  skip(oid: number): void {
    this.#tables.delete(oid);
    this.#done.add(oid);
    this.#changed();
  }

  /** Forgets all tables but these. */
  keepOnly(oids: ReadonlySet<number>): void {
    const known = [...this.#done, ...this.#tables.keys()];
    for (const oid of known) {
      if (!oids.has(oid)) this.drop(oid);
    }
  }

  /** Forgets all tables: all are to be copied again. */
  reset(): void {
    this.#done.clear();
    this.#tables.clear();
    this.#chunks = [];
    this.#effects = [];
    this.#changed();
  }

  /** Notes that all tables that are published have been copied. */
  initialize(): void {
    if (this.#isInitialized) return;
    this.#isInitialized = true;
    this.#changed();
  }

  /** Notes that a table's columns, file or name are other ones, and the copy goes on. */
  redefine(oid: number, begun: Begun): void {
    const table = this.#tables.get(oid);
    if (table !== undefined) Object.assign(table, begun);
    this.#changed();
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
    this.#apply(lsn);
    if (this.#last !== null) return this.#last;
    const tables: Record<string, TableProgress> = {};
    for (const [oid, table] of this.#tables) tables[oid] = toJson(table);
    const holds = [...this.#holds].map(([oid, hold]) => [oid, holdJson(hold)]);
    this.#last = {
      version: 1,
      initialized: this.#isInitialized,
      done: [...this.#done],
      tables,
      ...holds.length > 0 ? { holds: Object.fromEntries(holds) } : {},
    };
    return this.#last;
  }

  /** Whether there is something to be kept with a position that has not been. */
  hasNews(lsn: Lsn): boolean {
    return this.stateAt(lsn) !== this.#saved;
  }

  /** Notes what was kept. */
  markSaved(state: SnapshotState): void {
    this.#saved = state;
  }

  #apply(lsn: Lsn): void {
    const passed = this.#effects.filter(({ endLsn }) => endLsn <= lsn);
    if (passed.length > 0) {
      this.#effects = this.#effects.filter(({ endLsn }) => endLsn > lsn);
      for (const effect of passed) this.#applyEffect(effect);
    }
    let count = 0;
    for (const { progress, isDone } of this.#chunks) {
      if (!isDone || progress.lsn > lsn) break;
      this.#applyChunk(progress);
      count++;
    }
    if (count > 0) this.#chunks = this.#chunks.slice(count);
    for (const [oid, { until }] of this.#holds) {
      if (until > lsn) continue;
      this.#holds.delete(oid);
      this.#changed();
    }
  }

  #applyEffect({ oid, run, moved }: Effect): void {
    const table = this.#tables.get(oid);
    if (table?.run !== run) return;
    const again = new Map(table.again);
    for (const row of moved) again.set(row.key, row);
    table.again = again;
    this.#changed();
  }

  #applyChunk(progress: ChunkProgress): void {
    const { oid, run, after, settled, rows, bytes, isEnd } = progress;
    const table = this.#tables.get(oid);
    if (table?.run !== run) return;
    this.#changed();
    if (isEnd) {
      this.#tables.delete(oid);
      this.#done.add(oid);
      if (progress.hold !== null) this.#holds.set(oid, progress.hold);
      return;
    }
    const again = new Map(table.again);
    for (const { key, xid } of settled) {
      if (again.get(key)?.xid === xid) again.delete(key);
    }
    Object.assign(table, {
      after,
      again,
      rows: table.rows + rows,
      bytes: table.bytes + bytes,
    });
  }

  #changed(): void {
    this.#last = null;
  }
}

// No two stand at the same place between two transactions.
function idOf({ lsn, index }: ChunkEvent): string {
  return `${lsn} ${index}`;
}

function toJson(table: DurableTable): TableProgress {
  const again = [...table.again.values()].map(({ texts, xid }) =>
    [texts, xid] as const
  );
  return { ...table, again };
}
