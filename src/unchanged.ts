/**
 * Represents a value that the server did not send because the update left it unchanged and it
 * is stored out of line (TOAST). The value exists: it is neither `null` nor missing.
 *
 * A symbol never equals a column's value. It can't be cloned or converted to JSON, so replace
 * it before passing a row to another thread.
 *
 * @example
 * ```ts
 * import { type Row, UNCHANGED } from "@walbrook/walbrook";
 * import { assertEquals } from "@std/assert";
 *
 * // The columns to write: the others keep their values.
 * function columnsToWrite(newRow: Row): string[] {
 *   return Object.keys(newRow).filter((name) => newRow[name] !== UNCHANGED);
 * }
 * assertEquals(columnsToWrite({ id: 1, body: UNCHANGED }), ["id"]);
 * ```
 *
 * Source: the manual, "Logical Replication Message Formats", TupleData, `u`.
 *
 * @category Tables and rows
 */
export const UNCHANGED: unique symbol = Symbol("walbrook.unchanged");
