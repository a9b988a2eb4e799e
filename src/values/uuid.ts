import { checkLength, textualCodec, type ValueCodec } from "./value_codec.ts";
import { HEX } from "./hexadecimal.ts";

/** Values of `uuid`: the text, in lower case. */
export const UUID: ValueCodec = textualCodec(uuidText);

function uuidText(bytes: Uint8Array, start: number, end: number): string {
  checkLength("uuid", end - start, 16);
  let text = "";
  for (let i = 0; i < 16; i++) {
    if (i === 4 || i === 6 || i === 8 || i === 10) text += "-";
    text += HEX[bytes[start + i]!]!;
  }
  return text;
}
