import { decodeText } from "../bytes/decode_text.ts";
import { UndecodedText } from "./undecoded_text.ts";

const STRICT = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * Decodes a value in text format.
 *
 * @param bytes The bytes around it.
 * @param start Where it starts.
 * @param end Where it ends.
 * @returns The text; a copy of the bytes if they make no string.
 */
export function decodeValueText(
  bytes: Uint8Array,
  start: number,
  end: number,
): string | UndecodedText {
  try {
    const text = decodeText(bytes, start, end);
    // What stands for bytes that are no UTF-8 may also be there as such.
    if (text.includes("\ufffd")) STRICT.decode(bytes.subarray(start, end));
    return text;
  } catch {
    return new UndecodedText(bytes.subarray(start, end));
  }
}
