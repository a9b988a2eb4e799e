import { UNCHANGED } from "../unchanged.ts";

export { UNCHANGED };

/**
 * The value of one column, as the server sent it:
 *
 * - a `string`: the value in text format;
 * - an `UndecodedText`: likewise, where it makes no string: a copy of its bytes;
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
