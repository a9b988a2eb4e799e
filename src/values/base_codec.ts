import { int64At, uint32At } from "../bytes/big_endian.ts";
import { ProtocolError } from "../errors.ts";
import { arrayCodec } from "./array.ts";
import { asText } from "./as_text.ts";
import { BIT_STRING } from "./bit_string.ts";
import { BOOLEAN } from "./boolean.ts";
import { BYTEA } from "./bytea.ts";
import { DATE, TIME, TIMESTAMP, TIMESTAMPTZ, TIMETZ } from "./date_time.ts";
import { FLOAT4, FLOAT8 } from "./floating_point.ts";
import { BOX, CIRCLE, LINE, LSEG, PATH, POINT, POLYGON } from "./geometry.ts";
import { HSTORE } from "./hstore.ts";
import { INT2, INT4, INT8, UINT4, UINT8 } from "./integer.ts";
import { INTERVAL } from "./interval.ts";
import { CIDR, INET, MACADDR, MACADDR8 } from "./network.ts";
import { NUMERIC } from "./numeric.ts";
import { PG_LSN, SNAPSHOT, TID } from "./system_identifier.ts";
import { JSON_TEXT, JSONB, SINGLE_BYTE, TEXT, VERSIONED_TEXT } from "./text.ts";
import { TSQUERY, TSVECTOR } from "./text_search.ts";
import { TYPE_OID } from "./type_oid.ts";
import { UUID } from "./uuid.ts";
import { checkLength, textualCodec, type ValueCodec } from "./value_codec.ts";

const MONEY: ValueCodec = withoutText("money", (bytes, start, end) => {
  checkLength("money", end - start, 8);
  return int64At(bytes, start);
});

const OBJECT_NAME: ValueCodec = withoutText("reg*", (bytes, start, end) => {
  checkLength("reg*", end - start, 4);
  return uint32At(bytes, start);
});

const CODECS: ReadonlyMap<number, ValueCodec> = new Map<number, ValueCodec>([
  [TYPE_OID.BOOL, BOOLEAN],
  [TYPE_OID.BYTEA, BYTEA],
  [TYPE_OID.CHAR, SINGLE_BYTE],
  [TYPE_OID.NAME, TEXT],
  [TYPE_OID.INT8, INT8],
  [TYPE_OID.INT2, INT2],
  [TYPE_OID.INT2VECTOR, vector(INT2)],
  [TYPE_OID.INT4, INT4],
  [TYPE_OID.TEXT, TEXT],
  [TYPE_OID.OID, UINT4],
  [TYPE_OID.TID, TID],
  [TYPE_OID.XID, UINT4],
  [TYPE_OID.CID, UINT4],
  [TYPE_OID.OIDVECTOR, vector(UINT4)],
  [TYPE_OID.JSON, JSON_TEXT],
  [TYPE_OID.XML, TEXT],
  [TYPE_OID.POINT, POINT],
  [TYPE_OID.LSEG, LSEG],
  [TYPE_OID.PATH, PATH],
  [TYPE_OID.BOX, BOX],
  [TYPE_OID.POLYGON, POLYGON],
  [TYPE_OID.LINE, LINE],
  [TYPE_OID.CIDR, CIDR],
  [TYPE_OID.FLOAT4, FLOAT4],
  [TYPE_OID.FLOAT8, FLOAT8],
  [TYPE_OID.CIRCLE, CIRCLE],
  [TYPE_OID.MACADDR8, MACADDR8],
  [TYPE_OID.MONEY, MONEY],
  [TYPE_OID.MACADDR, MACADDR],
  [TYPE_OID.INET, INET],
  [TYPE_OID.BPCHAR, TEXT],
  [TYPE_OID.VARCHAR, TEXT],
  [TYPE_OID.DATE, DATE],
  [TYPE_OID.TIME, TIME],
  [TYPE_OID.TIMESTAMP, TIMESTAMP],
  [TYPE_OID.TIMESTAMPTZ, TIMESTAMPTZ],
  [TYPE_OID.INTERVAL, INTERVAL],
  [TYPE_OID.TIMETZ, TIMETZ],
  [TYPE_OID.BIT, BIT_STRING],
  [TYPE_OID.VARBIT, BIT_STRING],
  [TYPE_OID.NUMERIC, NUMERIC],
  [TYPE_OID.REFCURSOR, TEXT],
  [TYPE_OID.REGPROC, OBJECT_NAME],
  [TYPE_OID.REGPROCEDURE, OBJECT_NAME],
  [TYPE_OID.REGOPER, OBJECT_NAME],
  [TYPE_OID.REGOPERATOR, OBJECT_NAME],
  [TYPE_OID.REGCLASS, OBJECT_NAME],
  [TYPE_OID.REGTYPE, OBJECT_NAME],
  [TYPE_OID.REGCONFIG, OBJECT_NAME],
  [TYPE_OID.REGDICTIONARY, OBJECT_NAME],
  [TYPE_OID.REGNAMESPACE, OBJECT_NAME],
  [TYPE_OID.REGROLE, OBJECT_NAME],
  [TYPE_OID.REGCOLLATION, OBJECT_NAME],
  [TYPE_OID.REGDATABASE, OBJECT_NAME],
  [TYPE_OID.UUID, UUID],
  [TYPE_OID.TXID_SNAPSHOT, SNAPSHOT],
  [TYPE_OID.PG_LSN, PG_LSN],
  [TYPE_OID.TSVECTOR, TSVECTOR],
  [TYPE_OID.TSQUERY, TSQUERY],
  [TYPE_OID.JSONB, JSONB],
  [TYPE_OID.JSONPATH, VERSIONED_TEXT],
  [TYPE_OID.PG_SNAPSHOT, SNAPSHOT],
  [TYPE_OID.XID8, UINT8],
  [TYPE_OID.OID8, UINT8],
]);

// The functions of types which extensions make, under names that are theirs alone; and
// those of built-in types that other types borrow.
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
 * Finds out how to read a built-in type that is not made of others.
 *
 * @returns The codec; `undefined` for all other types.
 */
export function builtInCodec(typeOid: number): ValueCodec | undefined {
  return CODECS.get(typeOid);
}

/**
 * Finds out how to read a type by the function that writes its binary format.
 *
 * @returns The codec; `undefined` for functions that are not known.
 */
export function codecBySendFunction(name: string): ValueCodec | undefined {
  return BY_SEND_FUNCTION.get(name);
}

/**
 * Reads a type whose binary format nothing is known of: text stays text, and binary a
 * `Uint8Array`.
 *
 * @param name The type's name, for errors.
 */
export function opaqueCodec(name: string): ValueCodec {
  return withoutText(name, (bytes, start, end) => bytes.slice(start, end));
}

// A type whose binary format leaves out what its text needs.
function withoutText(
  name: string,
  fromBinary: ValueCodec["fromBinary"],
): ValueCodec {
  return {
    fromText: asText,
    fromBinary,
    toText() {
      throw new ProtocolError(
        `Cannot write a value of type ${name} as text: its binary format does not tell it; give the type a function fromBinary`,
      );
    },
  };
}

function vector(element: ValueCodec): ValueCodec {
  const array = arrayCodec(element, " ");
  return textualCodec((bytes, start, end) => {
    const elements = array.fromBinary(bytes, start, end);
    return (elements as readonly unknown[]).join(" ");
  });
}
