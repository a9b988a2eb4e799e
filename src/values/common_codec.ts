import { ProtocolError } from "../errors.ts";
import { asText } from "./codec/as_text.ts";
import {
  parseBigInteger,
  parseFloatingPoint,
  parseInteger,
} from "./text/parse_number.ts";
import { parseJson, parseJsonb } from "./text/parse_json.ts";
import { parseBoolean } from "./text/parse_scalar.ts";
import type { TextParser } from "./codec/text_parser.ts";
import type { ValueCodec } from "./codec/value_codec.ts";

// OIDs as plain numbers, because TYPE_OID would be bundled as a whole.
const PARSERS: readonly (readonly [TextParser, readonly number[]])[] = [
  [parseBoolean, [16]], // bool
  [parseInteger, [21, 23, 26]], // int2, int4, oid
  [parseBigInteger, [20]], // int8
  [parseFloatingPoint, [700, 701]], // float4, float8
  [parseJson, [114]], // json
  [parseJsonb, [3802]], // jsonb
  [asText, [
    ...[19, 25, 1042, 1043], // name, text, bpchar, varchar
    ...[1700, 2950, 1186, 869], // numeric, uuid, interval, inet
    ...[1082, 1083, 1266, 1114, 1184], // date, time, timetz, timestamp, timestamptz
  ]],
];

const CODECS: ReadonlyMap<number, ValueCodec> = new Map(
  PARSERS.flatMap(([parse, oids]) =>
    oids.map((oid) => [oid, textOnly(parse)] as const)
  ),
);

/**
 * Finds the codec of a built-in type in text format, if it is one of the types that most
 * tables consist of. All others (including arrays and `bytea`) and the binary format require
 * {@linkcode ValueCodecs}, whose code is several times as large and therefore loaded only
 * when needed.
 *
 * @returns The codec, for text only; `undefined` for all other types.
 */
export function commonCodec(typeOid: number): ValueCodec | undefined {
  return CODECS.get(typeOid);
}

function textOnly(fromText: TextParser): ValueCodec {
  return { fromText, fromBinary: refuseBinary, toText: refuseBinary };
}

function refuseBinary(): never {
  throw new ProtocolError(
    "Cannot read a value in binary format: text format was requested",
  );
}
