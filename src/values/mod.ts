/**
 * Codecs for PostgreSQL's data types, in text and in binary format, and the OIDs of the
 * built-in types.
 *
 * @example
 * ```ts
 * import { createCodecFinder, TYPE_OID } from "@walbrook/walbrook/values";
 * import { assertEquals } from "@std/assert";
 *
 * const codecFor = createCodecFinder();
 * assertEquals(codecFor(TYPE_OID.INT8).fromText("42"), 42n);
 * ```
 *
 * @module
 */
export type { FormatParsers, TypeParsers } from "./own_parsers.ts";
export type { RangeValue } from "./range.ts";
export type { TextParser } from "./codec/text_parser.ts";
export type {
  ArrayType,
  Attribute,
  BaseType,
  CompositeType,
  DomainType,
  EnumType,
  MultirangeType,
  NamedType,
  RangeType,
  TypeDescription,
} from "./type_description.ts";
export type { TypeName } from "./type_name.ts";
export { ARRAY_TYPE_OID, TYPE_OID } from "./type_oid.ts";
export type { ValueCodec } from "./codec/value_codec.ts";
export {
  type CodecFinder,
  type CodecFinderOptions,
  createCodecFinder,
} from "./codec_finder.ts";
