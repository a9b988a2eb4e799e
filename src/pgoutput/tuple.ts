/**
 * Stands for a value that the server did not send, because the update left it as
 * it was and it is stored out of line (TOAST). The value exists: it is neither
 * `null` nor missing.
 *
 * A symbol is never equal to anything a column can hold. It can't be cloned or
 * turned into JSON, so replace it before you hand a row to another thread.
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
 */
export const UNCHANGED: unique symbol = Symbol("walbrook.unchanged");

/**
 * The value of one column, as the server sent it:
 *
 * - a `string`: the value in text format;
 * - a `Uint8Array`: the value in binary format, which comes only where the option
 *   `binary` was given; it is a copy that belongs to the message;
 * - `null`: NULL, or, in a key tuple, "not part of the key";
 * - {@linkcode UNCHANGED}: not sent, since it is as it was.
 */
export type TupleValue = string | Uint8Array | null | typeof UNCHANGED;

/**
 * The values of a row, one for each column of the relation message that was the
 * last to describe its relation, in that order.
 *
 * Source: the manual, "Logical Replication Message Formats", TupleData.
 */
export type TupleData = readonly TupleValue[];
