import { int16At } from "../../bytes/big_endian.ts";
import { decodeText } from "../../bytes/decode_text.ts";
import { ProtocolError } from "../../errors.ts";
import { textualCodec, type ValueCodec } from "../codec/value_codec.ts";

// src/backend/utils/adt/numeric.c.
const NEGATIVE = 0x4000;
const NAN = 0xc000;
const POSITIVE_INFINITY = 0xd000;
const NEGATIVE_INFINITY = 0xf000;
const LARGEST_SCALE = 0x3fff;
const HEADER_BYTES = 8;
const BASE_DIGITS = 4;
const BASE = 10_000;

const ZERO = 0x30; // 0
const POINT = 0x2e; // .
// How many groups of digits may precede the point, and how many digits may follow it, in
// numbers that are written into these bytes.
const MAX_SHORT_GROUPS = 12;
const TEXT: Uint8Array = new Uint8Array(
  2 + (MAX_SHORT_GROUPS + 4) * BASE_DIGITS,
);

/** Values of `numeric`: the text, since `number` is not exact. */
export const NUMERIC: ValueCodec = textualCodec(numericText);

// Source: numeric_send, and get_str_from_var for the text.
function numericText(bytes: Uint8Array, start: number, end: number): string {
  const size = end - start;
  const count = int16At(bytes, start) & 0xffff;
  if (size < HEADER_BYTES || size !== HEADER_BYTES + 2 * count) {
    throw malformed(`${count} digits in ${size} bytes`);
  }
  const sign = int16At(bytes, start + 4) & 0xffff;
  if (sign === NAN) return "NaN";
  if (sign === POSITIVE_INFINITY) return "Infinity";
  if (sign === NEGATIVE_INFINITY) return "-Infinity";
  if (sign !== 0 && sign !== NEGATIVE) throw malformed(`sign ${sign}`);
  const text = digitsText(bytes, start, end);
  return sign === NEGATIVE ? `-${text}` : text;
}

function digitsText(bytes: Uint8Array, start: number, end: number): string {
  const weight = int16At(bytes, start + 2);
  const scale = int16At(bytes, start + 6) & 0xffff;
  if (scale > LARGEST_SCALE) throw malformed(`scale ${scale}`);
  const digits = { bytes, first: start + HEADER_BYTES, end };
  if (weight < MAX_SHORT_GROUPS && scale <= MAX_SHORT_GROUPS) {
    return shortText(digits, { weight, scale });
  }
  let text = weight < 0 ? "0" : String(digitAt(digits, 0));
  for (let i = 1; i <= weight; i++) text += group(digitAt(digits, i));
  if (scale === 0) return text;
  text += ".";
  let places = 0;
  for (let i = weight + 1; places < scale; i++, places += BASE_DIGITS) {
    text += group(digitAt(digits, i));
  }
  return places === scale ? text : text.slice(0, scale - places);
}

// Writes the digits one by one, which takes half as long as concatenating strings.
function shortText(
  digits: Digits,
  { weight, scale }: { readonly weight: number; readonly scale: number },
): string {
  let at = 0;
  if (weight < 0) TEXT[at++] = ZERO;
  for (let i = 0; i <= weight; i++) at = putGroup(digitAt(digits, i), at);
  // The first group is written without leading zeros.
  let from = 0;
  while (from < at - 1 && from < BASE_DIGITS - 1 && TEXT[from] === ZERO) from++;
  if (scale === 0) return decodeText(TEXT, from, at);
  TEXT[at++] = POINT;
  const to = at + scale;
  for (let i = weight + 1; at < to; i++) at = putGroup(digitAt(digits, i), at);
  return decodeText(TEXT, from, to);
}

function putGroup(digit: number, at: number): number {
  const high = (digit / 100) | 0;
  const low = digit - 100 * high;
  TEXT[at] = ZERO + ((high / 10) | 0);
  TEXT[at + 1] = ZERO + high % 10;
  TEXT[at + 2] = ZERO + ((low / 10) | 0);
  TEXT[at + 3] = ZERO + low % 10;
  return at + BASE_DIGITS;
}

interface Digits {
  readonly bytes: Uint8Array;
  /** The position of the first group. */
  readonly first: number;
  /** The position after the last group. */
  readonly end: number;
}

// Digits in base 10000; leading and trailing zero digits are omitted.
function digitAt({ bytes, first, end }: Digits, i: number): number {
  const at = first + 2 * i;
  if (at < first || at >= end) return 0;
  const digit = int16At(bytes, at);
  if (digit >= 0 && digit < BASE) return digit;
  throw malformed(`digit ${digit}`);
}

function group(digit: number): string {
  if (digit >= 1000) return String(digit);
  if (digit >= 100) return `0${digit}`;
  return digit >= 10 ? `00${digit}` : `000${digit}`;
}

function malformed(problem: string): ProtocolError {
  return new ProtocolError(`Cannot decode a numeric: ${problem}`);
}
