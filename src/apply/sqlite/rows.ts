import {
  type KeyColumns,
  oldValues,
  previousKeyOf,
  type RowEvent,
} from "../../encode/row_key.ts";
import type { Row } from "../../events/relation.ts";
import { UNCHANGED } from "../../unchanged.ts";
import type { SqliteDatabase, SqliteStatement } from "./database.ts";
import { isTransient } from "./is_transient.ts";
import { isInTransaction } from "./is_in_transaction.ts";
import { deleteSql, putSql, seeSql, updateSql } from "./sql.ts";
import type { SqliteTable } from "./tables.ts";
import { type SqliteValue, sqliteValue } from "./types.ts";

/** A position in a list of changes. */
export interface ChangeCursor {
  /** The index of the next change to apply. */
  index: number;
}

/** The error for rows written together that have ended the whole transaction. */
export class LostGroupError extends Error {
  constructor(cause: unknown) {
    super("The transaction was rolled back", { cause });
  }
}

/** A change that writes a row. */
type NewRowEvent = Exclude<RowEvent, { readonly kind: "delete" }>;

// One statement with several rows takes a fraction of the time of one statement for each row.
// Beyond 16 rows the gain is small.
const GROUP_SIZE = 16;
// The number of parameters that every version of SQLite accepts.
const MAX_PARAMETERS = 999;

/** Writes the rows of one table, according to its last description. */
export class SqliteRows {
  readonly #database: SqliteDatabase;
  readonly #table: SqliteTable;
  readonly #keys: { readonly keys: KeyColumns };
  readonly #put: SqliteStatement;
  readonly #putGroup: SqliteStatement;
  readonly #delete: SqliteStatement;
  readonly #see: SqliteStatement | null;
  readonly #seeGroup: SqliteStatement | null;
  readonly #groupSize: number;
  // By the columns that they set.
  readonly #updates = new Map<string, SqliteStatement>();

  /**
   * @param database The database.
   * @param table The table.
   * @param source Its name in the source.
   * @param seen The table of the keys that a copy brings; `null` for none.
   */
  constructor(
    database: SqliteDatabase,
    table: SqliteTable,
    source: string,
    seen: string | null,
  ) {
    const { name, columns, keys } = table;
    const fitting = Math.floor(MAX_PARAMETERS / columns.length);
    const size = Math.max(1, Math.min(GROUP_SIZE, fitting));
    const see = (rows: number) =>
      seen === null ? null : database.prepare(seeSql(seen, keys, rows));
    this.#database = database;
    this.#table = table;
    this.#keys = { keys: { [source]: keys } };
    this.#groupSize = size;
    this.#put = database.prepare(putSql(name, columns, keys, 1));
    this.#putGroup = database.prepare(putSql(name, columns, keys, size));
    this.#delete = database.prepare(deleteSql(name, keys));
    this.#see = see(1);
    this.#seeGroup = see(size);
  }

  /**
   * Applies changes of this table from the cursor on, up to the first change of another
   * table, and advances the cursor. If it throws, the cursor is at the change that could not
   * be applied.
   *
   * @param events The changes.
   * @param cursor Where to start.
   * @param isRowByRow Whether to write each row with a separate statement.
   * @throws {LostGroupError} If a group of rows has ended the transaction.
   */
  apply(
    events: readonly RowEvent[],
    cursor: ChangeCursor,
    isRowByRow: boolean,
  ): void {
    const { relation } = events[cursor.index]!;
    const size = isRowByRow ? Infinity : this.#groupSize;
    // The changes from the cursor to here write whole rows.
    let end = cursor.index;
    while (events[cursor.index]?.relation === relation) {
      while (
        end - cursor.index < size &&
        events[end]?.relation === relation && this.#writesWholeRow(events[end]!)
      ) end++;
      if (end - cursor.index === size) {
        this.#applyGroup(events.slice(cursor.index, end), cursor);
      } else {
        this.#applyOne(events[cursor.index]!);
        cursor.index++;
        end = Math.max(end, cursor.index);
      }
    }
  }

  #writesWholeRow(event: RowEvent): boolean {
    if (event.kind === "delete") return false;
    return event.kind !== "update" ||
      (isComplete(event.newRow, this.#table.columns) &&
        previousKeyOf(event, this.#keys) === null);
  }

  // SQLite writes the rows of a statement one after the other, so a later row replaces an
  // earlier one with the same key.
  #applyGroup(events: readonly RowEvent[], cursor: ChangeCursor): void {
    const { columns, keys } = this.#table;
    try {
      const rows = events.map((event) => (event as NewRowEvent).newRow);
      this.#putGroup.run(...valuesOfAll(rows, columns));
      this.#seeGroup?.run(...valuesOfAll(rows, keys));
    } catch (error) {
      if (isTransient(error)) throw error;
      // A trigger or a constraint may have ended the whole transaction. Without the
      // earlier changes, a different row might be refused.
      if (!isInTransaction(this.#database)) throw new LostGroupError(error);
      // Finds the refused row.
      for (const event of events) {
        this.#applyOne(event);
        cursor.index++;
      }
      return;
    }
    cursor.index += events.length;
  }

  #applyOne(event: RowEvent): void {
    if (event.kind === "delete") {
      this.#delete.run(...this.#keyOf(oldValues(event)!));
      return;
    }
    const { newRow } = event;
    if (event.kind !== "update") this.#putRow(newRow);
    else {
      const moved = previousKeyOf(event, this.#keys);
      if (moved !== null) this.#change(newRow, moved);
      else if (isComplete(newRow, this.#table.columns)) this.#putRow(newRow);
      else this.#change(newRow, newRow);
    }
    this.#see?.run(...this.#keyOf(newRow));
  }

  #putRow(row: Row): void {
    this.#put.run(...valuesOf(row, this.#table.columns));
  }

  // Columns that the server did not send are not changed.
  #change(row: Row, key: Row): void {
    const columns = this.#table.columns.filter((name) =>
      row[name] !== UNCHANGED
    );
    const { changes } = this.#updateOf(columns).run(
      ...valuesOf(row, columns),
      ...this.#keyOf(key),
    );
    // A row that is missing here arrives whole, or as a copied row later.
    const isHere = Number(changes) > 0;
    if (!isHere && isComplete(row, this.#table.columns)) this.#putRow(row);
  }

  #updateOf(columns: readonly string[]): SqliteStatement {
    const id = columns.join("\0");
    let statement = this.#updates.get(id);
    if (statement === undefined) {
      const { name, keys } = this.#table;
      statement = this.#database.prepare(updateSql(name, columns, keys));
      this.#updates.set(id, statement);
    }
    return statement;
  }

  #keyOf(row: Row): SqliteValue[] {
    return valuesOf(row, this.#table.keys);
  }
}

function isComplete(row: Row, columns: readonly string[]): boolean {
  for (let i = 0; i < columns.length; i++) {
    if (row[columns[i]!] === UNCHANGED) return false;
  }
  return true;
}

function valuesOf(row: Row, columns: readonly string[]): SqliteValue[] {
  return columns.map((name) => sqliteValue(row[name]));
}

function valuesOfAll(
  rows: readonly Row[],
  columns: readonly string[],
): SqliteValue[] {
  const values: SqliteValue[] = [];
  for (const row of rows) {
    for (let i = 0; i < columns.length; i++) {
      values.push(sqliteValue(row[columns[i]!]));
    }
  }
  return values;
}
