import {
  int16At,
  int32At,
  int64At,
  uint32At,
  uint64At,
} from "../../bytes/big_endian.ts";
import { parseBigInteger, parseInteger } from "../text/parse_number.ts";
import { checkLength, type ValueCodec } from "../codec/value_codec.ts";

/** Values of `int2`: a `number`. */
export const INT2: ValueCodec = {
  fromText: parseInteger,
  fromBinary: int2,
  toText: (bytes, start, end) => String(int2(bytes, start, end)),
};

/** Values of `int4`: a `number`. */
export const INT4: ValueCodec = {
  fromText: parseInteger,
  fromBinary: int4,
  toText: (bytes, start, end) => String(int4(bytes, start, end)),
};

/** Values of `oid`, `xid` and `cid`: a `number`. */
export const UINT4: ValueCodec = {
  fromText: parseInteger,
  fromBinary: uint4,
  toText: (bytes, start, end) => String(uint4(bytes, start, end)),
};

/** Values of `int8`: a `bigint`. */
export const INT8: ValueCodec = {
  fromText: parseBigInteger,
  fromBinary: int8,
  toText: (bytes, start, end) => String(int8(bytes, start, end)),
};

/** Values of `xid8` and `oid8`: a `bigint`. */
export const UINT8: ValueCodec = {
  fromText: parseBigInteger,
  fromBinary: uint8,
  toText: (bytes, start, end) => String(uint8(bytes, start, end)),
};

function int2(bytes: Uint8Array, start: number, end: number): number {
  checkLength("int2", end - start, 2);
  return int16At(bytes, start);
}

function int4(bytes: Uint8Array, start: number, end: number): number {
  checkLength("int4", end - start, 4);
  return int32At(bytes, start);
}

function uint4(bytes: Uint8Array, start: number, end: number): number {
  checkLength("oid", end - start, 4);
  return uint32At(bytes, start);
}

function int8(bytes: Uint8Array, start: number, end: number): bigint {
  checkLength("int8", end - start, 8);
  return int64At(bytes, start);
}

function uint8(bytes: Uint8Array, start: number, end: number): bigint {
  checkLength("xid8", end - start, 8);
  return uint64At(bytes, start);
}
