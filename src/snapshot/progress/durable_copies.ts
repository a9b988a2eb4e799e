import type { Lsn } from "../../lsn.ts";
import type { ChunkProgress, Effect, MovedRow } from "./chunk_progress.ts";
import { type Hold, holdJson, readHold } from "./hold.ts";
import type { SnapshotState, TableProgress } from "./snapshot_state.ts";

/** The properties of a copy that are known when it starts. */
export type Begun = Omit<TableProgress, "after" | "again" | "rows" | "bytes">;

/** The durable progress of a table that is being copied. */
interface DurableTable extends Begun {
  after: readonly string[] | null;
  again: ReadonlyMap<string, MovedRow>;
  rows: number;
  bytes: number;
}

/**
 * The copies at one position of the stream, as a checkpoint contains them. A pure data
 * structure.
 */
export class DurableCopies {
  readonly #done: Set<number>;
  readonly #tables = new Map<number, DurableTable>();
  readonly #holds = new Map<number, Hold>();
  #isInitialized: boolean;
  #state: SnapshotState | null = null;

  /** @param state The state in a checkpoint. */
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
    }
  }

  /** The state for a checkpoint: the same object as before if nothing has changed. */
  get state(): SnapshotState {
    if (this.#state !== null) return this.#state;
    const tables: Record<string, TableProgress> = {};
    for (const [oid, table] of this.#tables) tables[oid] = toJson(table);
    const holds = [...this.#holds].map(([oid, hold]) => [oid, holdJson(hold)]);
    this.#state = {
      version: 1,
      initialized: this.#isInitialized,
      done: [...this.#done],
      tables,
      ...holds.length > 0 ? { holds: Object.fromEntries(holds) } : {},
    };
    return this.#state;
  }

  /** Whether all tables that were published at the first start have been copied. */
  get isInitialized(): boolean {
    return this.#isInitialized;
  }

  /** The changes to remove from the stream, by table. */
  get holds(): ReadonlyMap<number, Hold> {
    return this.#holds;
  }

  /** Whether a table has been copied. */
  isDone(oid: number): boolean {
    return this.#done.has(oid);
  }

  /** The progress of a table that is being copied. */
  find(oid: number): TableProgress | null {
    const table = this.#tables.get(oid);
    return table === undefined ? null : toJson(table);
  }

  /** Records that the copy of a table starts, or starts again. */
  begin(oid: number, begun: Begun): void {
    this.#done.delete(oid);
    this.#tables.set(oid, {
      ...begun,
      ...{ after: null, again: new Map(), rows: 0, bytes: 0 },
    });
    this.#state = null;
  }

  /** Records that a table will not be copied any more. */
  drop(oid: number): void {
    this.#tables.delete(oid);
    this.#done.delete(oid);
    this.#holds.delete(oid);
    this.#state = null;
  }

  /** Records that a table counts as copied although it is not. */
  skip(oid: number): void {
    this.#tables.delete(oid);
    this.#done.add(oid);
    this.#state = null;
  }

  /** The known tables, by OID. */
  get oids(): readonly number[] {
    return [...this.#done, ...this.#tables.keys()];
  }

  /** Removes all tables: all must be copied again. */
  reset(): void {
    this.#done.clear();
    this.#tables.clear();
    this.#state = null;
  }

  /** Records that all published tables have been copied. */
  initialize(): void {
    if (this.#isInitialized) return;
    this.#isInitialized = true;
    this.#state = null;
  }

  /** Records new columns, a new file or a new name of a table whose copy continues. */
  redefine(oid: number, begun: Begun): void {
    const table = this.#tables.get(oid);
    if (table !== undefined) Object.assign(table, begun);
    this.#state = null;
  }

  /** Records a position of the stream after which nothing is removed any more. */
  release(position: Lsn): void {
    for (const [oid, { until }] of this.#holds) {
      if (until > position) continue;
      this.#holds.delete(oid);
      this.#state = null;
    }
  }

  /** Applies the effect of a transaction on a copy. */
  applyEffect({ oid, run, moved }: Effect): void {
    const table = this.#tables.get(oid);
    if (table?.run !== run) return;
    const again = new Map(table.again);
    for (const row of moved) again.set(row.key, row);
    table.again = again;
    this.#state = null;
  }

  /** Applies a processed chunk. */
  applyChunk(progress: ChunkProgress): void {
    const { oid, run, after, arrived, rows, bytes, isEnd } = progress;
    const table = this.#tables.get(oid);
    if (table?.run !== run) return;
    this.#state = null;
    if (isEnd) {
      this.#tables.delete(oid);
      this.#done.add(oid);
      if (progress.hold !== null) this.#holds.set(oid, progress.hold);
      return;
    }
    const again = new Map(table.again);
    for (const { key, xid } of arrived) {
      if (again.get(key)?.xid === xid) again.delete(key);
    }
    Object.assign(table, {
      after,
      again,
      rows: table.rows + rows,
      bytes: table.bytes + bytes,
    });
  }
}

function toJson(table: DurableTable): TableProgress {
  const again = [...table.again.values()].map(({ texts, xid }) =>
    [texts, xid] as const
  );
  return { ...table, again };
}
