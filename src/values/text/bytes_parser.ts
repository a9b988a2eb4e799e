import { decodeText, decodeWholeText } from "../../bytes/decode_text.ts";
import { asText } from "../codec/as_text.ts";
import { parseBigInteger, parseInteger } from "./parse_number.ts";
import type { TextParser } from "../codec/text_parser.ts";

/**
 * Parses the server's text for a value in place, within other bytes.
 *
 * @param bytes The bytes that contain it.
 * @param start Its start.
 * @param end Its end.
 */
export type BytesParser = (
  bytes: Uint8Array,
  start: number,
  end: number,
) => unknown;

// The number of digits that always fit into a number exactly.
const MAX_DIGITS = 15;

/**
 * Converts a parser of strings to one of bytes, which avoids the string if possible.
 *
 * @param parse The parser.
 * @returns A function with the same results and the same errors.
 */
export function bytesParser(parse: TextParser): BytesParser {
  if (parse === asText) return decodeWholeText;
  if (parse === parseInteger) return integerAt;
  if (parse === parseBigInteger) return bigIntegerAt;
  return (bytes, start, end) => parse(decodeText(bytes, start, end));
}

function integerAt(bytes: Uint8Array, start: number, end: number): number {
  const value = digitsAt(bytes, start, end);
  // The parser reports what is wrong.
  return value ?? parseInteger(decodeText(bytes, start, end));
}

function bigIntegerAt(bytes: Uint8Array, start: number, end: number): bigint {
  const value = digitsAt(bytes, start, end);
  return value === null
    ? parseBigInteger(decodeText(bytes, start, end))
    : BigInt(value);
}

/**
 * Reads an integer that fits into a number exactly.
 *
 * @param bytes The bytes that contain it.
 * @param start Its start.
 * @param end Its end.
 * @returns The integer; `null` if it has too many digits or is not an integer.
 */
export function digitsAt(
  bytes: Uint8Array,
  start: number,
  end: number,
): number | null {
  const isNegative = bytes[start] === 0x2d; // -
  const first = isNegative ? start + 1 : start;
  if (end === first || end - first > MAX_DIGITS) return null;
  let value = 0;
  for (let at = first; at < end; at++) {
    const digit = (bytes[at] ?? 0) - 0x30; // 0
    if (digit < 0 || digit > 9) return null;
    value = value * 10 + digit;
  }
  return isNegative ? -value : value;
}
