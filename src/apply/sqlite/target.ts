import { planOf } from "../../encode/relation_plan.ts";
import type { RowEvent } from "../../encode/row_key.ts";
import type { RelationEvent, TruncateEvent } from "../../events/event.ts";
import type { Relation } from "../../events/relation.ts";
import { formatLsn, parseLsn } from "../../lsn.ts";
import type {
  SnapshotBeginEvent,
  SnapshotEndEvent,
} from "../../events/snapshot_event.ts";
import type { ApplyOptions, ChooseTable } from "../engine/apply_options.ts";
import type { StoredPosition } from "../engine/position.ts";
import type { SqliteDatabase } from "./database.ts";
import { isTransient } from "./is_transient.ts";
import { isInTransaction } from "./is_in_transaction.ts";
import { type ChangeCursor, LostGroupError, SqliteRows } from "./rows.ts";
import { quoteName, sweepSql } from "./sql.ts";
import { type SqliteTable, SqliteTables } from "./tables.ts";
import { type ApplyTarget, RowRefusedError } from "../engine/target.ts";
import { messageOf } from "../../sink/options/delivery_error.ts";
import { DestinationError } from "../../sink/options/destination.ts";

/** The parts of a {@linkcode SqliteTarget}. */
export interface SqliteTargetOptions
  extends Required<Omit<ApplyOptions, "keys">> {
  readonly keys: ApplyOptions["keys"];
  readonly table: ChooseTable<string>;
}

const BOOKKEEPING = `CREATE TABLE IF NOT EXISTS walbrook_position (
  name TEXT PRIMARY KEY, system_id TEXT NOT NULL, timeline INTEGER NOT NULL,
  lsn TEXT NOT NULL, snapshot TEXT);
CREATE TABLE IF NOT EXISTS walbrook_copy (
  name TEXT NOT NULL, oid INTEGER NOT NULL, run INTEGER NOT NULL, seen TEXT,
  PRIMARY KEY (name, oid))`;

/** Applies changes to a SQLite database. */
export class SqliteTarget implements ApplyTarget {
  readonly name = "sqlite";
  readonly #database: SqliteDatabase;
  readonly #options: SqliteTargetOptions;
  #tables: SqliteTables | null = null;
  // By the description of the table.
  #rows = new Map<Relation, SqliteRows>();
  #isBegun = false;
  // After a group of rows has ended a transaction, until one is committed.
  #isRowByRow = false;

  constructor(database: SqliteDatabase, options: SqliteTargetOptions) {
    this.#database = database;
    this.#options = options;
  }

  open(): Promise<StoredPosition | null> {
    this.#database.exec(BOOKKEEPING);
    this.#tables ??= new SqliteTables(this.#database, this.#options);
    return Promise.resolve(this.#readPosition());
  }

  #readPosition(): StoredPosition | null {
    const [row] = this.#database.prepare(
      "SELECT system_id, timeline, lsn, snapshot FROM walbrook_position WHERE name = ?",
    ).all(this.#options.name) as {
      system_id: string;
      timeline: number;
      lsn: string;
      snapshot: string | null;
    }[];
    if (row === undefined) return null;
    return {
      lsn: parseLsn(row.lsn),
      systemId: row.system_id,
      timeline: Number(row.timeline),
      snapshot: row.snapshot === null ? null : JSON.parse(row.snapshot),
    };
  }

  begin(): Promise<void> {
    this.#database.exec("BEGIN IMMEDIATE");
    this.#isBegun = true;
    return Promise.resolve();
  }

  commit(
    before: StoredPosition | null,
    after: StoredPosition,
  ): Promise<boolean> {
    this.#checkOpen();
    const found = this.#readPosition();
    if (found?.lsn !== before?.lsn) {
      return this.rollback().then(() => false);
    }
    const { lsn, systemId, timeline, snapshot } = after;
    this.#database.prepare(
      `INSERT INTO walbrook_position (name, system_id, timeline, lsn, snapshot) VALUES (?, ?, ?, ?, ?)
ON CONFLICT (name) DO UPDATE SET system_id = excluded.system_id, timeline = excluded.timeline, lsn = excluded.lsn, snapshot = excluded.snapshot`,
    ).run(
      this.#options.name,
      systemId,
      timeline,
      formatLsn(lsn),
      snapshot === null ? null : JSON.stringify(snapshot),
    );
    this.#database.exec("COMMIT");
    this.#isBegun = false;
    this.#isRowByRow = false;
    return Promise.resolve(true);
  }

  rollback(): Promise<void> {
    // Prepared statements may refer to a table that no longer exists.
    this.#rows.clear();
    const isBegun = this.#isBegun;
    this.#isBegun = false;
    try {
      if (isBegun) this.#database.exec("ROLLBACK");
    } catch {
      // A trigger, a constraint or a full disk has already ended it.
    }
    return Promise.resolve();
  }

  // A position must never be stored without the rows before it.
  #checkOpen(): void {
    if (isInTransaction(this.#database)) return;
    throw new DestinationError(
      "Cannot apply to sqlite: its transaction was ended by another statement on the same connection; open a connection for applyToSqlite() alone",
    );
  }

  // A loop without a wait: thousands of rows, at a few microseconds each.
  applyRows(rows: readonly RowEvent[]): Promise<void> {
    const cursor: ChangeCursor = { index: 0 };
    try {
      this.#checkOpen();
      while (cursor.index < rows.length) {
        const { relation } = rows[cursor.index]!;
        this.#rowsOf(relation).apply(rows, cursor, this.#isRowByRow);
      }
      return Promise.resolve();
    } catch (error) {
      return Promise.reject(this.#failureAt(cursor.index, error));
    }
  }

  #failureAt(index: number, error: unknown): unknown {
    if (error instanceof LostGroupError) {
      // The next attempt names the row.
      this.#isRowByRow = true;
      return new DestinationError(
        `Cannot apply a group of rows to sqlite: ${
          messageOf(error.cause)
        }; the transaction is repeated row by row`,
        { cause: error.cause },
      );
    }
    return this.isRetryable(error) || error instanceof DestinationError
      ? error
      : new RowRefusedError(index, error);
  }

  #rowsOf(relation: Relation): SqliteRows {
    let rows = this.#rows.get(relation);
    if (rows === undefined) {
      const table = this.#tables!.prepare(relation);
      const seen = this.#copyOf(relation)?.seen ?? null;
      const { table: source } = planOf(relation);
      rows = new SqliteRows(this.#database, table, source, seen);
      // Only one description of a table is in force at a time.
      for (const other of this.#rows.keys()) {
        if (other.oid === relation.oid) this.#rows.delete(other);
      }
      this.#rows.set(relation, rows);
    }
    return rows;
  }

  #copyOf({ oid }: Relation): Copy | undefined {
    const [copy] = this.#database.prepare(
      "SELECT run, seen FROM walbrook_copy WHERE name = ? AND oid = ?",
    ).all(this.#options.name, oid) as Copy[];
    return copy;
  }

  describe(event: RelationEvent): Promise<void> {
    this.#forget(event.relation);
    this.#tables!.follow(event);
    return Promise.resolve();
  }

  truncate({ relations }: TruncateEvent): Promise<void> {
    for (const name of this.#tables!.existing(relations)) {
      this.#database.exec(`DELETE FROM ${quoteName(name)}`);
    }
    return Promise.resolve();
  }

  beginCopy({ relation, run }: SnapshotBeginEvent): Promise<void> {
    const before = this.#copyOf(relation);
    // A resumed copy already has its keys.
    if (Number(before?.run) === run) return Promise.resolve();
    const table = this.#tables!.prepare(relation);
    const seen = this.#isEmpty(table) ? null : this.#makeSeen(relation, table);
    this.#database.prepare(
      "INSERT INTO walbrook_copy (name, oid, run, seen) VALUES (?, ?, ?, ?) ON CONFLICT (name, oid) DO UPDATE SET run = excluded.run, seen = excluded.seen",
    ).run(this.#options.name, relation.oid, run, seen);
    this.#forget(relation);
    return Promise.resolve();
  }

  // An empty table has no stale rows.
  #isEmpty({ name }: SqliteTable): boolean {
    return this.#database.prepare(`SELECT 1 FROM ${quoteName(name)} LIMIT 1`)
      .all().length === 0;
  }

  #makeSeen({ oid }: Relation, { name, keys }: SqliteTable): string {
    const seen = `walbrook_seen_${oid}`;
    const quoted = keys.map(quoteName).join(", ");
    this.#database.exec(
      `DROP TABLE IF EXISTS ${quoteName(seen)};
CREATE TABLE ${quoteName(seen)} AS SELECT ${quoted} FROM ${
        quoteName(name)
      } LIMIT 0;
CREATE UNIQUE INDEX ${quoteName(`${seen}_key`)} ON ${
        quoteName(seen)
      } (${quoted})`,
    );
    return seen;
  }

  endCopy({ relation, run, aborted }: SnapshotEndEvent): Promise<void> {
    const copy = this.#copyOf(relation);
    if (copy === undefined || Number(copy.run) !== run) {
      return Promise.resolve();
    }
    if (copy.seen !== null) {
      if (aborted === null) {
        const { name, keys } = this.#tables!.prepare(relation);
        this.#database.exec(sweepSql(name, copy.seen, keys));
      }
      this.#database.exec(`DROP TABLE ${quoteName(copy.seen)}`);
    }
    this.#database.prepare(
      "UPDATE walbrook_copy SET seen = NULL WHERE name = ? AND oid = ?",
    ).run(this.#options.name, relation.oid);
    this.#forget(relation);
    return Promise.resolve();
  }

  #forget({ oid }: Relation): void {
    for (const relation of this.#rows.keys()) {
      if (relation.oid === oid) this.#rows.delete(relation);
    }
  }

  isRetryable(error: unknown): boolean {
    return isTransient(error);
  }

  close(): Promise<void> {
    // The database belongs to the caller.
    return Promise.resolve();
  }
}

interface Copy {
  readonly run: number | bigint;
  /** The table of the keys that it has brought; `null` for none. */
  readonly seen: string | null;
}
