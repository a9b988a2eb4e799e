/**
 * Represents a value that the server did not send because the update left it unchanged and it
 * is stored out of line (TOAST). The value exists: it is neither `null` nor missing.
 *
 * A symbol never equals a column's value. It can't be cloned or converted to JSON, so replace
 * it before passing a row to another thread.
 *
 * @example
 * ```ts
 * import { UNCHANGED } from "@walbrook/walbrook/pgoutput";
 * import { assertEquals } from "@std/assert";
 *
 * const row = { id: 1, body: UNCHANGED };
 * const changes = Object.entries(row).filter(([, v]) => v !== UNCHANGED);
 * assertEquals(changes, [["id", 1]]);
 * ```
 *
 * Source: the manual, "Logical Replication Message Formats", TupleData, `u`.
 *
 * @category Events
 */
export const UNCHANGED: unique symbol = Symbol("walbrook.unchanged");
