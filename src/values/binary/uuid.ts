import { decodeText } from "../../bytes/decode_text.ts";
import {
  checkLength,
  textualCodec,
  type ValueCodec,
} from "../codec/value_codec.ts";

/** Values of `uuid`: the text, in lower case. */
export const UUID: ValueCodec = textualCodec(uuidText);

const DIGITS: Uint8Array = new TextEncoder().encode("0123456789abcdef");
// The dashes stay; everything else is overwritten each time.
const TEXT: Uint8Array = new Uint8Array(36).fill(0x2d);

function uuidText(bytes: Uint8Array, start: number, end: number): string {
  checkLength("uuid", end - start, 16);
  let at = 0;
  for (let i = 0; i < 16; i++) {
    if (i === 4 || i === 6 || i === 8 || i === 10) at++;
    const byte = bytes[start + i]!;
    TEXT[at++] = DIGITS[byte >> 4]!;
    TEXT[at++] = DIGITS[byte & 15]!;
  }
  return decodeText(TEXT, 0, TEXT.length);
}
