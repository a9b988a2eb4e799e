import { decodeText, decodeWholeText } from "../../bytes/decode_text.ts";
import { asText } from "../codec/as_text.ts";
import { parseBigInteger, parseInteger } from "./parse_number.ts";
import type { TextParser } from "../codec/text_parser.ts";

/**
 * Makes a value of the server's text where it stands, among other bytes.
 *
 * @param bytes The bytes around it.
 * @param start Where it starts.
 * @param end Where it ends.
 */
export type BytesParser = (
  bytes: Uint8Array,
  start: number,
  end: number,
) => unknown;

// As many digits as a number holds exactly, whatever they are.
const MAX_DIGITS = 15;

/**
 * Does what a parser does, without a string in between where none is needed.
 *
 * @param parse The parser.
 * @returns A function that gives the same values and throws the same errors.
 */
export function bytesParser(parse: TextParser): BytesParser {
  if (parse === asText) return decodeWholeText;
  if (parse === parseInteger) return integerAt;
  if (parse === parseBigInteger) return bigIntegerAt;
  return (bytes, start, end) => parse(decodeText(bytes, start, end));
}

function integerAt(bytes: Uint8Array, start: number, end: number): number {
  const value = digitsAt(bytes, start, end);
  // Leaves it to the parser to say what is wrong.
  return value ?? parseInteger(decodeText(bytes, start, end));
}

function bigIntegerAt(bytes: Uint8Array, start: number, end: number): bigint {
  const value = digitsAt(bytes, start, end);
  return value === null
    ? parseBigInteger(decodeText(bytes, start, end))
    : BigInt(value);
}

function digitsAt(
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
