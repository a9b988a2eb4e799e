import { int32At } from "../../bytes/big_endian.ts";
import { ProtocolError } from "../../errors.ts";
import { textualCodec, type ValueCodec } from "../codec/value_codec.ts";

const BYTES: readonly string[] = Array.from(
  { length: 0x100 },
  (_, byte) => byte.toString(2).padStart(8, "0"),
);

/** Values of `bit` and `varbit`: the text, of zeros and ones. */
export const BIT_STRING: ValueCodec = textualCodec(bitText);

function bitText(bytes: Uint8Array, start: number, end: number): string {
  const bits = end - start < 4 ? -1 : int32At(bytes, start);
  if (bits < 0 || Math.ceil(bits / 8) !== end - start - 4) {
    throw new ProtocolError(
      `Cannot decode a bit string of ${bits} bits from ${end - start} bytes`,
    );
  }
  let text = "";
  for (let at = start + 4; at < end; at++) text += BYTES[bytes[at]!]!;
  return text.slice(0, bits);
}
