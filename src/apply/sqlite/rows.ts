import {
  oldValues,
  previousKeyOf,
  type RowEvent,
} from "../../encode/row_key.ts";
import type { KeyColumns } from "../../encode/row_key.ts";
import type { Row } from "../../events/relation.ts";
import { UNCHANGED } from "../../unchanged.ts";
import type { SqliteDatabase, SqliteStatement } from "./database.ts";
import { deleteSql, putSql, seeSql, updateSql } from "./sql.ts";
import type { SqliteTable } from "./tables.ts";
import { type SqliteValue, sqliteValue } from "./types.ts";

/** Writes the rows of one table, according to its last description. */
export class SqliteRows {
  readonly #database: SqliteDatabase;
  readonly #table: SqliteTable;
  readonly #keys: { readonly keys: KeyColumns };
  readonly #put: SqliteStatement;
  readonly #delete: SqliteStatement;
  readonly #see: SqliteStatement | null;
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
    this.#database = database;
    this.#table = table;
    this.#keys = { keys: { [source]: keys } };
    this.#put = database.prepare(putSql(name, columns, keys));
    this.#delete = database.prepare(deleteSql(name, keys));
    this.#see = seen === null ? null : database.prepare(seeSql(seen, keys));
  }

  /** Applies a change. */
  apply(event: RowEvent): void {
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
  return columns.every((name) => row[name] !== UNCHANGED);
}

function valuesOf(row: Row, columns: readonly string[]): SqliteValue[] {
  return columns.map((name) => sqliteValue(row[name]));
}
