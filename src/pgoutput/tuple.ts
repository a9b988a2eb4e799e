import { UNCHANGED } from "../unchanged.ts";

export { UNCHANGED };

/**
 * The value of one column, as sent by the server:
 *
 * - a `string`: the value in text format;
 * - an `UndecodedText`: the same, if it can't be a string: a copy of its bytes;
 * - a `Uint8Array`: the value in binary format, which occurs only with the option `binary`;
 *   it is a copy that belongs to the message;
 * - `null`: NULL, or, in a key tuple, "not part of the key";
 * - {@linkcode UNCHANGED}: not sent, because it has not changed.
 */
export type TupleValue = string | Uint8Array | null | typeof UNCHANGED;

/**
 * The values of a row, one for each column of the last relation message for its relation, in
 * that order.
 *
 * Source: the manual, "Logical Replication Message Formats", TupleData.
 */
export type TupleData = readonly TupleValue[];
