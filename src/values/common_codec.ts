import { ProtocolError } from "../errors.ts";
import { asText } from "./as_text.ts";
import { parseArray } from "./parse_array.ts";
import { parseBytea } from "./parse_bytea.ts";
import {
  parseBigInteger,
  parseFloatingPoint,
  parseInteger,
} from "./parse_number.ts";
import { parseBoolean, parseJson } from "./parse_scalar.ts";
import type { TextParser } from "./text_parser.ts";
import type { ValueCodec } from "./value_codec.ts";

// The OIDs of types and of their arrays. They stand here as numbers, since a bundle
// would take in all of TYPE_OID for these.
const PARSERS: readonly (readonly [
  parse: TextParser,
  oids: readonly (readonly [typeOid: number, arrayOid: number])[],
])[] = [
  [parseBoolean, [[16, 1000]]], // bool
  [parseBytea, [[17, 1001]]], // bytea
  [parseInteger, [[21, 1005], [23, 1007], [26, 1028]]], // int2, int4, oid
  [parseBigInteger, [[20, 1016]]], // int8
  [parseFloatingPoint, [[700, 1021], [701, 1022]]], // float4, float8
  [parseJson, [[114, 199], [3802, 3807]]], // json, jsonb
  [asText, [
    ...[[19, 1003], [25, 1009], [1042, 1014], [1043, 1015]] as const, // name, text, bpchar, varchar
    ...[[1700, 1231], [2950, 2951]] as const, // numeric, uuid
    ...[[1082, 1182], [1083, 1183], [1266, 1270]] as const, // date, time, timetz
    ...[[1114, 1115], [1184, 1185]] as const, // timestamp, timestamptz
    ...[[1186, 1187], [869, 1041]] as const, // interval, inet
  ]],
];

const CODECS: ReadonlyMap<number, ValueCodec> = new Map(
  PARSERS.flatMap(([parse, oids]) =>
    oids.flatMap(([typeOid, arrayOid]) => [
      [typeOid, textOnly(parse)],
      [arrayOid, textOnly((text) => parseArray(text, parse))],
    ])
  ),
);

/**
 * Finds out how to read a built-in type in text format, if it is one of those that most
 * tables are made of. All others, and binary format, take {@linkcode ValueCodecs}, which
 * weigh ten times as much and so are loaded only where they are needed.
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
    "Cannot read a value in binary format: text was asked for",
  );
}
