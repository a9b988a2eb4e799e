import { ProtocolError } from "../errors.ts";
import { asText } from "./codec/as_text.ts";
import { BOOLEAN } from "./binary/boolean.ts";
import { BYTEA } from "./binary/bytea.ts";
import { FLOAT4, FLOAT8 } from "./binary/floating_point.ts";
import { HSTORE } from "./hstore.ts";
import { INT2, INT4, INT8, UINT4, UINT8 } from "./binary/integer.ts";
import {
  JSON_TEXT,
  JSONB,
  SINGLE_BYTE,
  TEXT,
  VERSIONED_TEXT,
} from "./binary/text.ts";
import { TYPE_OID } from "./type_oid.ts";
import { textualCodec, type ValueCodec } from "./codec/value_codec.ts";

const TEXT_ONLY: ValueCodec = textualCodec(() => {
  throw new TypeError(
    "Cannot decode a value in binary format: text format was requested",
  );
});

const CODECS: ReadonlyMap<number, ValueCodec> = new Map<number, ValueCodec>([
  [TYPE_OID.BOOL, BOOLEAN],
  [TYPE_OID.BYTEA, BYTEA],
  [TYPE_OID.CHAR, SINGLE_BYTE],
  [TYPE_OID.NAME, TEXT],
  [TYPE_OID.INT8, INT8],
  [TYPE_OID.INT2, INT2],
  [TYPE_OID.INT4, INT4],
  [TYPE_OID.TEXT, TEXT],
  [TYPE_OID.OID, UINT4],
  [TYPE_OID.XID, UINT4],
  [TYPE_OID.CID, UINT4],
  [TYPE_OID.JSON, JSON_TEXT],
  [TYPE_OID.XML, TEXT],
  [TYPE_OID.FLOAT4, FLOAT4],
  [TYPE_OID.FLOAT8, FLOAT8],
  [TYPE_OID.BPCHAR, TEXT],
  [TYPE_OID.VARCHAR, TEXT],
  [TYPE_OID.REFCURSOR, TEXT],
  [TYPE_OID.JSONB, JSONB],
  [TYPE_OID.JSONPATH, VERSIONED_TEXT],
  [TYPE_OID.XID8, UINT8],
  [TYPE_OID.OID8, UINT8],
]);

// Types whose values are the server's text, to which the binary format must be converted.
// Only binary subscriptions need that code: src/values/textual_codec.ts.
const TEXTUAL: ReadonlySet<number> = new Set<number>([
  TYPE_OID.INT2VECTOR,
  TYPE_OID.TID,
  TYPE_OID.OIDVECTOR,
  TYPE_OID.POINT,
  TYPE_OID.LSEG,
  TYPE_OID.PATH,
  TYPE_OID.BOX,
  TYPE_OID.POLYGON,
  TYPE_OID.LINE,
  TYPE_OID.CIDR,
  TYPE_OID.CIRCLE,
  TYPE_OID.MACADDR8,
  TYPE_OID.MONEY,
  TYPE_OID.MACADDR,
  TYPE_OID.INET,
  TYPE_OID.DATE,
  TYPE_OID.TIME,
  TYPE_OID.TIMESTAMP,
  TYPE_OID.TIMESTAMPTZ,
  TYPE_OID.INTERVAL,
  TYPE_OID.TIMETZ,
  TYPE_OID.BIT,
  TYPE_OID.VARBIT,
  TYPE_OID.NUMERIC,
  TYPE_OID.REGPROC,
  TYPE_OID.REGPROCEDURE,
  TYPE_OID.REGOPER,
  TYPE_OID.REGOPERATOR,
  TYPE_OID.REGCLASS,
  TYPE_OID.REGTYPE,
  TYPE_OID.REGCONFIG,
  TYPE_OID.REGDICTIONARY,
  TYPE_OID.REGNAMESPACE,
  TYPE_OID.REGROLE,
  TYPE_OID.REGCOLLATION,
  TYPE_OID.REGDATABASE,
  TYPE_OID.UUID,
  TYPE_OID.TXID_SNAPSHOT,
  TYPE_OID.PG_LSN,
  TYPE_OID.TSVECTOR,
  TYPE_OID.TSQUERY,
  TYPE_OID.PG_SNAPSHOT,
]);

// The functions of extension types, whose names are unique to them, and functions of built-in
// types that other types reuse.
const BY_SEND_FUNCTION: ReadonlyMap<string, ValueCodec> = new Map([
  ["bpcharsend", TEXT],
  ["byteasend", BYTEA],
  ["citextsend", TEXT],
  ["hstore_send", HSTORE],
  ["lquery_send", VERSIONED_TEXT],
  ["ltree_send", VERSIONED_TEXT],
  ["ltxtq_send", VERSIONED_TEXT],
  ["textsend", TEXT],
  ["varcharsend", TEXT],
]);

/**
 * Finds the codec of a built-in type that is not made of others.
 *
 * @returns The codec; `undefined` for all other types.
 */
export type BuiltInCodecs = (typeOid: number) => ValueCodec | undefined;

/** Finds the codec of a built-in type that is not made of others, for text only. */
export function builtInTextCodec(typeOid: number): ValueCodec | undefined {
  return CODECS.get(typeOid) ?? (TEXTUAL.has(typeOid) ? TEXT_ONLY : undefined);
}

/**
 * Finds a codec by the function that writes the type's binary format.
 *
 * @returns The codec; `undefined` for unknown functions.
 */
export function codecBySendFunction(name: string): ValueCodec | undefined {
  return BY_SEND_FUNCTION.get(name);
}

/**
 * Creates a codec for a type with an unknown binary format: text stays text, and binary
 * values are a `Uint8Array`.
 *
 * @param name The type's name, for errors.
 */
export function opaqueCodec(name: string): ValueCodec {
  return withoutText(name, (bytes, start, end) => bytes.slice(start, end));
}

/**
 * Creates a codec for a type whose binary format lacks information that its text contains.
 *
 * @param name The type's name, for errors.
 * @param fromBinary Decodes the binary format.
 */
export function withoutText(
  name: string,
  fromBinary: ValueCodec["fromBinary"],
): ValueCodec {
  return {
    fromText: asText,
    fromBinary,
    toText() {
      throw new ProtocolError(
        `Cannot write a value of type ${name} as text: its binary format does not contain it; pass a function fromBinary for the type`,
      );
    },
  };
}
