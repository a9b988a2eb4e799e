import { HEX } from "../text/hexadecimal.ts";
import { parseBytea, parseByteaAt } from "../text/parse_bytea.ts";
import type { ValueCodec } from "../codec/value_codec.ts";

const MAX_BYTEWISE_LENGTH = 64;

/** Values of `bytea`: a `Uint8Array` with a buffer of its own. */
export const BYTEA: ValueCodec = {
  fromText: parseBytea,
  fromTextBytes: parseByteaAt,
  fromBinary: copy,
  toText: hexText,
};

function copy(bytes: Uint8Array, start: number, end: number): Uint8Array {
  const length = end - start;
  // A call of slice() takes longer than copying a few bytes.
  if (length > MAX_BYTEWISE_LENGTH) return bytes.slice(start, end);
  const made = new Uint8Array(length);
  for (let i = 0; i < length; i++) made[i] = bytes[start + i]!;
  return made;
}

function hexText(bytes: Uint8Array, start: number, end: number): string {
  let text = "\\x";
  for (let at = start; at < end; at++) text += HEX[bytes[at]!]!;
  return text;
}
