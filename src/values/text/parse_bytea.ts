import { decodeText } from "../../bytes/decode_text.ts";
import { notA } from "../codec/value_codec.ts";

const BACKSLASH = 0x5c;
const X = 0x78;

// The value of each hexadecimal digit by its character code; for all other characters a
// number that stays negative in any combination.
const NO_DIGIT = -1;
const HEX_DIGITS: Int8Array = new Int8Array(0x80).fill(NO_DIGIT);
for (const [value, digit] of [..."0123456789abcdef"].entries()) {
  HEX_DIGITS[digit.charCodeAt(0)] = value;
  HEX_DIGITS[digit.toUpperCase().charCodeAt(0)] = value;
}

/**
 * Parses a `bytea` in either of its text formats: `hex`, the default (`\x00ff`), or `escape`
 * (`\000\377`).
 *
 * Source: the manual, "Binary Data Types".
 *
 * @throws {SyntaxError} If the text has neither format.
 */
export function parseBytea(text: string): Uint8Array {
  return text.startsWith("\\x") ? parseHex(text) : parseEscape(text);
}

/**
 * Parses a `bytea` like {@linkcode parseBytea}, in place: half a gibibyte of text does not
 * fit into a string.
 *
 * @param bytes The bytes that contain the text.
 * @param start The start of the text.
 * @param end The end of the text.
 * @throws {SyntaxError} If the text has neither format.
 */
export function parseByteaAt(
  bytes: Uint8Array,
  start: number,
  end: number,
): Uint8Array {
  const isHex = bytes[start] === BACKSLASH && bytes[start + 1] === X;
  const value = isHex ? parseHexAt(bytes, start + 2, end) : null;
  // The parser reports what is wrong.
  return value ?? parseBytea(decodeText(bytes, start, end));
}

function parseHexAt(
  bytes: Uint8Array,
  start: number,
  end: number,
): Uint8Array | null {
  if ((end - start) % 2 !== 0) return null;
  const value = new Uint8Array((end - start) / 2);
  for (let i = 0; i < value.length; i++) {
    const at = start + 2 * i;
    const high = HEX_DIGITS[bytes[at]!] ?? NO_DIGIT;
    const byte = high << 4 | (HEX_DIGITS[bytes[at + 1]!] ?? NO_DIGIT);
    if (byte < 0) return null;
    value[i] = byte;
  }
  return value;
}

function parseHex(text: string): Uint8Array {
  if (text.length % 2 !== 0) throw malformed(text);
  const bytes = new Uint8Array(text.length / 2 - 1);
  for (let i = 0; i < bytes.length; i++) {
    const at = 2 + 2 * i;
    const byte = hexDigit(text, at) << 4 | hexDigit(text, at + 1);
    if (byte < 0) throw malformed(text);
    bytes[i] = byte;
  }
  return bytes;
}

function hexDigit(text: string, at: number): number {
  return HEX_DIGITS[text.charCodeAt(at)] ?? NO_DIGIT;
}

function parseEscape(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length);
  let length = 0;
  for (let at = 0; at < text.length;) {
    const code = text.charCodeAt(at);
    if (code > 0x7f) throw malformed(text);
    if (code !== BACKSLASH) {
      bytes[length++] = code;
      at += 1;
    } else if (text.charCodeAt(at + 1) === BACKSLASH) {
      bytes[length++] = BACKSLASH;
      at += 2;
    } else {
      const octal = text.slice(at + 1, at + 4);
      if (!/^[0-3][0-7]{2}$/.test(octal)) throw malformed(text);
      bytes[length++] = Number.parseInt(octal, 8);
      at += 4;
    }
  }
  return bytes.slice(0, length);
}

function malformed(text: string): SyntaxError {
  return notA(text, "bytea: it has neither the hex nor the escape form");
}
