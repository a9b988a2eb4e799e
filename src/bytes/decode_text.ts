import { LONGEST_SHORT, shortText } from "./short_text.ts";

const UTF8 = new TextDecoder("utf-8", { ignoreBOM: true });

// JavaScriptCore, which is told by the errors that know their line, takes longer for a
// native function with many arguments than for any other way.
const CALLS_ARE_FAST = !("line" in new Error());

let decodeLong: typeof decodeText = (bytes, start, end) =>
  UTF8.decode(bytes.subarray(start, end));

/**
 * Gives a faster way than TextDecoder to make the same texts, which a runtime may have.
 *
 * @param decode What {@linkcode decodeText} is to call for all but short ones.
 */
export function useDecoder(decode: typeof decodeText): void {
  decodeLong = decode;
}

/**
 * Decodes a piece of UTF-8. Bytes which are not UTF-8 (a database whose encoding
 * is SQL_ASCII may hold any) become U+FFFD; a byte order mark is kept.
 *
 * @param bytes The bytes around it, of which the text keeps nothing.
 * @param start Where the text starts.
 * @param end Where it ends; not checked against the length of `bytes`.
 * @returns The text.
 */
export function decodeText(
  bytes: Uint8Array,
  start: number,
  end: number,
): string {
  const length = end - start;
  return CALLS_ARE_FAST && length <= LONGEST_SHORT && isAscii(bytes, start, end)
    ? shortText(bytes, start, length)
    : decodeLong(bytes, start, end);
}

function isAscii(bytes: Uint8Array, start: number, end: number): boolean {
  let seen = 0;
  for (let at = start; at < end; at++) seen |= bytes[at] ?? 0;
  return seen <= 0x7f;
}
