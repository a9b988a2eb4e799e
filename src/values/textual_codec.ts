import { int64At, uint32At } from "../bytes/big_endian.ts";
import { arrayCodec } from "./array.ts";
import { builtInTextCodec, withoutText } from "./base_codec.ts";
import { BIT_STRING } from "./binary/bit_string.ts";
import {
  DATE,
  TIME,
  TIMESTAMP,
  TIMESTAMPTZ,
  TIMETZ,
} from "./binary/date_time.ts";
import {
  BOX,
  CIRCLE,
  LINE,
  LSEG,
  PATH,
  POINT,
  POLYGON,
} from "./binary/geometry.ts";
import { INT2, UINT4 } from "./binary/integer.ts";
import { INTERVAL } from "./binary/interval.ts";
import { CIDR, INET, MACADDR, MACADDR8 } from "./binary/network.ts";
import { NUMERIC } from "./binary/numeric.ts";
import { PG_LSN, SNAPSHOT, TID } from "./binary/system_identifier.ts";
import { TSQUERY, TSVECTOR } from "./binary/text_search.ts";
import { TYPE_OID } from "./type_oid.ts";
import { UUID } from "./binary/uuid.ts";
import {
  checkLength,
  textualCodec,
  type ValueCodec,
} from "./codec/value_codec.ts";

const MONEY: ValueCodec = withoutText("money", (bytes, start, end) => {
  checkLength("money", end - start, 8);
  return int64At(bytes, start);
});

const OBJECT_NAME: ValueCodec = withoutText("reg*", (bytes, start, end) => {
  checkLength("reg*", end - start, 4);
  return uint32At(bytes, start);
});

const CODECS: ReadonlyMap<number, ValueCodec> = new Map<number, ValueCodec>([
  [TYPE_OID.INT2VECTOR, vector(INT2)],
  [TYPE_OID.TID, TID],
  [TYPE_OID.OIDVECTOR, vector(UINT4)],
  [TYPE_OID.POINT, POINT],
  [TYPE_OID.LSEG, LSEG],
  [TYPE_OID.PATH, PATH],
  [TYPE_OID.BOX, BOX],
  [TYPE_OID.POLYGON, POLYGON],
  [TYPE_OID.LINE, LINE],
  [TYPE_OID.CIDR, CIDR],
  [TYPE_OID.CIRCLE, CIRCLE],
  [TYPE_OID.MACADDR8, MACADDR8],
  [TYPE_OID.MONEY, MONEY],
  [TYPE_OID.MACADDR, MACADDR],
  [TYPE_OID.INET, INET],
  [TYPE_OID.DATE, DATE],
  [TYPE_OID.TIME, TIME],
  [TYPE_OID.TIMESTAMP, TIMESTAMP],
  [TYPE_OID.TIMESTAMPTZ, TIMESTAMPTZ],
  [TYPE_OID.INTERVAL, INTERVAL],
  [TYPE_OID.TIMETZ, TIMETZ],
  [TYPE_OID.BIT, BIT_STRING],
  [TYPE_OID.VARBIT, BIT_STRING],
  [TYPE_OID.NUMERIC, NUMERIC],
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
  [TYPE_OID.PG_SNAPSHOT, SNAPSHOT],
]);

/**
 * Finds the codec of a built-in type that is not made of others, for text and binary format.
 *
 * @returns The codec; `undefined` for all other types.
 */
export function builtInCodec(typeOid: number): ValueCodec | undefined {
  return CODECS.get(typeOid) ?? builtInTextCodec(typeOid);
}

function vector(element: ValueCodec): ValueCodec {
  const array = arrayCodec(element, " ");
  return textualCodec((bytes, start, end) => {
    const elements = array.fromBinary(bytes, start, end);
    return (elements as readonly unknown[]).join(" ");
  });
}
