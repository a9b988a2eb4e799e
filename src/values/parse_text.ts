import { builtInTextCodec } from "./base_codec.ts";
import { OwnParsers } from "./own_parsers.ts";
import type { TextParser } from "./codec/text_parser.ts";
import { ValueCodecs } from "./value_codecs.ts";

const CODECS: ValueCodecs = new ValueCodecs(
  new OwnParsers({}),
  builtInTextCodec,
);

/**
 * Gives the function that makes a value of the server's text, by data type. No
 * information is lost but what is said here.
 *
 * | type | value |
 * |---|---|
 * | `bool` | `boolean` |
 * | `int2` `int4` `oid` `xid` `cid` `float4` `float8` | `number` |
 * | `int8` `xid8` `oid8` | `bigint` |
 * | `json` `jsonb` | what `JSON.parse` gives: numbers beyond 2^53 are rounded |
 * | `bytea` | `Uint8Array` |
 * | a range | a `RangeValue` |
 * | a multirange | an array of `RangeValue` |
 * | an array of a built-in type | an array, nested by dimension, without bounds |
 * | all else | the text |
 *
 * So `numeric` and `money` stay exact, dates and times keep infinity, BC, 24:00 and
 * microseconds, and a `pg_lsn` is text like any other value (`parseLsn` reads it).
 *
 * The text has to be written with the settings that a subscription asks for:
 * `DateStyle` ISO, `extra_float_digits` 1 and so on.
 *
 * @example
 * ```ts
 * import { ARRAY_TYPE_OID, textParser } from "@walbrook/walbrook";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(textParser(ARRAY_TYPE_OID.INT8)("{1,NULL}"), [1n, null]);
 * ```
 *
 * @param typeOid The OID of the type, as in a relation message.
 * @returns The function; it throws a `SyntaxError` if the text has another form.
 */
export function textParser(typeOid: number): TextParser {
  return CODECS.find(typeOid).fromText;
}
