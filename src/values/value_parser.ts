import { OwnParsers, type ValueParsers } from "./own_parsers.ts";
import type { TextParser } from "./codec/text_parser.ts";
import type { TypeDescription } from "./type_description.ts";
import type { TypeName } from "./type_name.ts";
import type { ValueCodec } from "./codec/value_codec.ts";
import { builtInCodec } from "./textual_codec.ts";
import { ValueCodecs } from "./value_codecs.ts";

/** Options for {@linkcode createValueParser} and {@linkcode createValueCodec}. */
export interface CreateValueParserOptions {
  /**
   * Functions to use instead of the library's.
   *
   * @default {{}}
   */
  readonly types?: ValueParsers;
  /**
   * What the catalog says about types that are not built in.
   *
   * @default {[]}
   */
  readonly catalog?: Iterable<TypeDescription>;
}

/**
 * Finds the function for a type.
 *
 * @param typeOid The OID, as a relation message has it for a column.
 * @param typeName What the Type message with that OID said, if there was one.
 * @returns The function for the type's values in text format. It may throw.
 */
export type ValueParser = (typeOid: number, typeName?: TypeName) => TextParser;

/**
 * Finds out how to read a type.
 *
 * @param typeOid The OID, as a relation message has it for a column.
 * @param typeName What the Type message with that OID said, if there was one.
 * @returns The functions for the type's values in either format. They may throw.
 */
export type ValueCodecFinder = (
  typeOid: number,
  typeName?: TypeName,
) => ValueCodec;

/**
 * Puts the caller's functions for values before those of the library.
 *
 * A domain over a built-in type is read as that type is. All else that is not built
 * in, and has neither function nor description, stays text.
 *
 * @example
 * ```ts
 * import { asNumber, createValueParser, TYPE_OID } from "@walbrook/walbrook";
 * import { assertEquals } from "@std/assert";
 *
 * const parserFor = createValueParser({ types: { int8: asNumber } });
 * assertEquals(parserFor(TYPE_OID.INT8)("42"), 42);
 * assertEquals(parserFor(TYPE_OID.BOOL)("t"), true);
 * ```
 *
 * @param options The caller's functions.
 * @returns Finds the function for a type.
 * @throws {TypeError} If one of them is no function.
 */
export function createValueParser(
  options: CreateValueParserOptions = {},
): ValueParser {
  const find = createValueCodec(options);
  return (typeOid, typeName) => find(typeOid, typeName).fromText;
}

/**
 * Like {@linkcode createValueParser}, for values in text and in binary format. What is
 * not known of a type's binary format stays a `Uint8Array`.
 *
 * @example
 * ```ts
 * import { asNumber, createValueCodec, TYPE_OID } from "@walbrook/walbrook";
 * import { assertEquals } from "@std/assert";
 *
 * const codecFor = createValueCodec({ types: { int8: asNumber } });
 * const bytes = Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 42);
 * assertEquals(codecFor(TYPE_OID.INT8).fromBinary(bytes, 0, 8), 42);
 * assertEquals(codecFor(TYPE_OID.INT8).fromText("42"), 42);
 * ```
 *
 * @param options The caller's functions.
 * @returns Finds out how to read a type.
 * @throws {TypeError} If one of them is no function.
 */
export function createValueCodec(
  options: CreateValueParserOptions = {},
): ValueCodecFinder {
  const codecs = new ValueCodecs(
    new OwnParsers(options.types ?? {}),
    builtInCodec,
  );
  codecs.describe(options.catalog ?? []);
  return (typeOid, typeName) => codecs.find(typeOid, typeName);
}
