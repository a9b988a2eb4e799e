import { decodeText } from "../../bytes/decode_text.ts";
import { ProtocolError } from "../../errors.ts";
import { putFourDigits, putInteger } from "./put_digits.ts";
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
const MINUS = 0x2d; // -
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
  const count = size < HEADER_BYTES ? 0 : wordAt(bytes, start);
  if (size !== HEADER_BYTES + 2 * count) {
    throw malformed(`${count} digits in ${size} bytes`);
  }
  const sign = wordAt(bytes, start + 4);
  if (sign === NAN) return "NaN";
  if (sign === POSITIVE_INFINITY) return "Infinity";
  if (sign === NEGATIVE_INFINITY) return "-Infinity";
  if (sign !== 0 && sign !== NEGATIVE) throw malformed(`sign ${sign}`);
  const weight = wordAt(bytes, start + 2) << 16 >> 16;
  const scale = wordAt(bytes, start + 6);
  if (scale > LARGEST_SCALE) throw malformed(`scale ${scale}`);
  if (weight < MAX_SHORT_GROUPS && scale <= MAX_SHORT_GROUPS) {
    return shortText(bytes, start, end);
  }
  const digits = { bytes, first: start + HEADER_BYTES, end };
  const text = longText(digits, { weight, scale });
  return sign === NEGATIVE ? `-${text}` : text;
}

function longText(
  digits: Digits,
  { weight, scale }: { readonly weight: number; readonly scale: number },
): string {
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

// Writes the digits one by one, which takes half as long as concatenating strings. Reads the
// header again, since an object for it would cost more.
function shortText(bytes: Uint8Array, start: number, end: number): string {
  const weight = wordAt(bytes, start + 2) << 16 >> 16;
  const scale = wordAt(bytes, start + 6);
  const isNegative = bytes[start + 4] !== 0;
  const first = start + HEADER_BYTES;
  let at = 0;
  if (isNegative) TEXT[at++] = MINUS;
  if (weight < 0) TEXT[at++] = ZERO;
  else at = putInteger(TEXT, at, groupAt(bytes, first, end));
  for (let i = 1; i <= weight; i++, at += BASE_DIGITS) {
    putFourDigits(TEXT, at, groupAt(bytes, first + 2 * i, end));
  }
  if (scale === 0) return decodeText(TEXT, 0, at);
  TEXT[at++] = POINT;
  const to = at + scale;
  // Groups of zeros after the point are omitted, like those before it.
  for (let i = weight + 1; at < to; i++, at += BASE_DIGITS) {
    putFourDigits(TEXT, at, i < 0 ? 0 : groupAt(bytes, first + 2 * i, end));
  }
  return decodeText(TEXT, 0, to);
}

// Digits in base 10000; trailing zero digits are omitted.
function groupAt(bytes: Uint8Array, at: number, end: number): number {
  if (at >= end) return 0;
  const digit = wordAt(bytes, at);
  if (digit < BASE) return digit;
  throw malformed(`digit ${digit}`);
}

interface Digits {
  readonly bytes: Uint8Array;
  /** The position of the first group. */
  readonly first: number;
  /** The position after the last group. */
  readonly end: number;
}

// Leading zero digits are omitted as well.
function digitAt({ bytes, first, end }: Digits, i: number): number {
  const at = first + 2 * i;
  return at < first ? 0 : groupAt(bytes, at, end);
}

function group(digit: number): string {
  if (digit >= 1000) return String(digit);
  if (digit >= 100) return `0${digit}`;
  return digit >= 10 ? `00${digit}` : `000${digit}`;
}

// An unsigned 16-bit integer that is known to be there.
function wordAt(bytes: Uint8Array, at: number): number {
  return bytes[at]! << 8 | bytes[at + 1]!;
}

function malformed(problem: string): ProtocolError {
  return new ProtocolError(`Cannot decode a numeric: ${problem}`);
}
