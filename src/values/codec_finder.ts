import { OwnParsers, type TypeParsers } from "./own_parsers.ts";
import type { TypeDescription } from "./type_description.ts";
import type { TypeName } from "./type_name.ts";
import type { ValueCodec } from "./codec/value_codec.ts";
import { builtInCodec } from "./textual_codec.ts";
import { ValueCodecs } from "./value_codecs.ts";

/** Options for {@linkcode createCodecFinder}. */
export interface CodecFinderOptions {
  /**
   * Functions to use instead of the library's.
   *
   * @default {{}}
   */
  readonly types?: TypeParsers;
  /**
   * Descriptions of types that are not built in, from the catalog.
   *
   * @default {[]}
   */
  readonly catalog?: Iterable<TypeDescription>;
}

/**
 * Finds the codec of a type.
 *
 * @param typeOid The OID, as in a relation message's column.
 * @param typeName The content of the Type message with that OID, if there was one.
 * @returns The functions for the type's values in both formats. They may throw.
 */
export type CodecFinder = (
  typeOid: number,
  typeName?: TypeName,
) => ValueCodec;

/**
 * Creates a function that finds the codec of each type, for text and binary format. Your own
 * functions take precedence over the library's.
 *
 * | type | value |
 * |---|---|
 * | `bool` | `boolean` |
 * | `int2` `int4` `oid` `xid` `cid` `float4` `float8` | `number` |
 * | `int8` `xid8` `oid8` | `bigint` |
 * | `json` `jsonb` | the result of `JSON.parse`: numbers become doubles |
 * | `bytea` | `Uint8Array` |
 * | a range | a `RangeValue` |
 * | a multirange | an array of `RangeValue` |
 * | an array of a built-in type | an array, nested by dimension, without bounds |
 * | everything else | the text |
 *
 * `numeric` and `money` therefore stay exact; dates and times keep infinity, BC, 24:00 and
 * microseconds; and a `pg_lsn` is text like any other value (`parseLsn` parses it). A domain
 * over a built-in type is converted like that type. A type that is not built in and has
 * neither a function nor a description stays text, or a `Uint8Array` in binary format.
 *
 * The text must be written with the settings that a subscription requests: `DateStyle` ISO,
 * `extra_float_digits` 1 and so on.
 *
 * @example
 * ```ts
 * import { asNumber } from "@walbrook/walbrook";
 * import { createCodecFinder, TYPE_OID } from "@walbrook/walbrook/values";
 * import { assertEquals } from "@std/assert";
 *
 * const codecFor = createCodecFinder({ types: { int8: asNumber } });
 * const bytes = Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 42);
 * assertEquals(codecFor(TYPE_OID.INT8).fromBinary(bytes, 0, 8), 42);
 * assertEquals(codecFor(TYPE_OID.INT8).fromText("42"), 42);
 * ```
 *
 * @param options Your functions, and descriptions of types from the catalog.
 * @returns Finds the codec of a type.
 * @throws {TypeError} If one of the functions is not a function.
 */
export function createCodecFinder(
  options: CodecFinderOptions = {},
): CodecFinder {
  const codecs = new ValueCodecs(
    new OwnParsers(options.types ?? {}),
    builtInCodec,
  );
  codecs.describe(options.catalog ?? []);
  return (typeOid, typeName) => codecs.find(typeOid, typeName);
}
