import { decodeText } from "../bytes/decode_text.ts";
import { UndecodedText } from "./undecoded_text.ts";

const STRICT = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * Decodes a value in text format.
 *
 * @param bytes The bytes that contain it.
 * @param start Its start.
 * @param end Its end.
 * @returns The text; a copy of the bytes if they can't be a string.
 */
export function decodeValueText(
  bytes: Uint8Array,
  start: number,
  end: number,
): string | UndecodedText {
  try {
    const text = decodeText(bytes, start, end);
    // The replacement character for invalid bytes may also be part of the text.
    if (text.includes("\ufffd")) STRICT.decode(bytes.subarray(start, end));
    return text;
  } catch {
    return new UndecodedText(bytes.subarray(start, end));
  }
}
