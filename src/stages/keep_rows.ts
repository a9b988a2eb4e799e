import { textOfKey } from "../encode/key_text.ts";
import type { ReplicationEvent } from "../events/event.ts";
import type { Row } from "../events/relation.ts";
import { tableName } from "../events/table_name.ts";
import { UNCHANGED } from "../unchanged.ts";

/** Rows of one table by the text of their keys: a `Map`, or something similar. */
export interface RowMap {
  /** Returns a row; `undefined` if there is none. */
  get(key: string): Row | undefined | Promise<Row | undefined>;
  /** Sets a row. */
  set(key: string, row: Row): unknown;
  /** Removes a row, if it exists. */
  delete(key: string): unknown;
  /** Removes all rows. */
  clear(): unknown;
}

/**
 * Applies an event to rows, as required of a consumer whose tables are copied while changes
 * are delivered (`snapshot: "initial"`): an insert or update sets the row, whether it exists
 * or not; a `read` replaces the whole row; deleting a missing row does nothing; a column that
 * is {@linkcode UNCHANGED} keeps its value, or is omitted if the row does not exist yet, and
 * arrives with its `read`. From a table's `snapshotEnd` on, its rows are those of the server
 * at that point of the stream.
 *
 * After a `gap`, rows that were deleted in the meantime still exist: clear the maps at that
 * event.
 *
 * @example
 * ```ts ignore
 * import { type Row, subscribe } from "@walbrook/walbrook";
 * import { keepRows } from "@walbrook/walbrook/stages";
 *
 * const tables = new Map<string, Map<string, Row>>();
 * function rowsOf(table: string): Map<string, Row> {
 *   const rows = tables.get(table) ?? new Map<string, Row>();
 *   tables.set(table, rows);
 *   return rows;
 * }
 *
 * await using subscription = await subscribe({
 *   connection: "postgres://localhost/shop",
 *   slot: { name: "cache", create: true, temporary: true },
 *   publication: "shop",
 *   snapshot: "initial",
 * });
 * for await (const event of subscription) await keepRows(event, rowsOf);
 * ```
 *
 * @param event Any event; those that change no row have no effect.
 * @param rowsOf Returns the rows of a table, by its name as in `event.table`.
 * @throws {TypeError} If the table has no key, or the server did not send it.
 */
export async function keepRows(
  event: ReplicationEvent,
  rowsOf: (table: string) => RowMap,
): Promise<void> {
  switch (event.kind) {
    case "read":
    case "insert": {
      const { table, key, newRow } = event;
      await rowsOf(table).set(keyOf(table, key, newRow), sent(newRow));
      return;
    }
    case "update": {
      const { table, key, newRow } = event;
      const rows = rowsOf(table);
      const before = keyOf(table, key, key);
      const after = keyOf(table, key, newRow);
      const row = { ...await rows.get(before), ...sent(newRow) };
      if (after !== before) await rows.delete(before);
      await rows.set(after, row);
      return;
    }
    case "delete": {
      const { table, key } = event;
      await rowsOf(table).delete(keyOf(table, key, key));
      return;
    }
    case "truncate":
      for (const relation of event.relations) {
        await rowsOf(tableName(relation)).clear();
      }
  }
}

function keyOf(table: string, key: Row | null, row: Row | null): string {
  const text = key === null || row === null
    ? null
    : textOfKey(table, row, Object.keys(key));
  if (text !== null) return text;
  throw new TypeError(
    `Cannot keep the rows of ${table} by their keys: it has none, or the server did not send it; give it a primary key`,
  );
}

function sent(row: Row): Row {
  return Object.fromEntries(
    Object.entries(row).filter(([, value]) => value !== UNCHANGED),
  );
}
