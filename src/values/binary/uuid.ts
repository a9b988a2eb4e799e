import { decodeText } from "../../bytes/decode_text.ts";
import {
  checkLength,
  textualCodec,
  type ValueCodec,
} from "../codec/value_codec.ts";

/** Values of `uuid`: the text, in lower case. */
export const UUID: ValueCodec = textualCodec(uuidText);

const DIGITS: Uint8Array = new TextEncoder().encode("0123456789abcdef");
const DASH = 0x2d;
// The dashes stay; everything else is overwritten each time.
const TEXT: Uint8Array = new Uint8Array(36).fill(DASH);

function uuidText(bytes: Uint8Array, start: number, end: number): string {
  checkLength("uuid", end - start, 16);
  putHex(bytes, start, start + 4, 0);
  putHex(bytes, start + 4, start + 6, 9);
  putHex(bytes, start + 6, start + 8, 14);
  putHex(bytes, start + 8, start + 10, 19);
  putHex(bytes, start + 10, start + 16, 24);
  return decodeText(TEXT, 0, 36);
}

// Writes bytes as hexadecimal digits, at a place of the text.
function putHex(
  bytes: Uint8Array,
  start: number,
  end: number,
  place: number,
): void {
  let at = place;
  for (let i = start; i < end; i++, at += 2) {
    const byte = bytes[i]!;
    TEXT[at] = DIGITS[byte >> 4]!;
    TEXT[at + 1] = DIGITS[byte & 15]!;
  }
}
