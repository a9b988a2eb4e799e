import { MAX_SHORT_TEXT_BYTES, shortText } from "./short_text.ts";

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
 * The longest string in V8, in UTF-16 code units: String::kMaxLength in
 * include/v8-primitive.h. JavaScriptCore takes four times as many.
 */
const MAX_STRING_LENGTH = CALLS_ARE_FAST ? 2 ** 29 - 24 : 2 ** 31 - 1;
/** From how many bytes on a text is a long one. */
const LONG_TEXT_BYTES = 2 ** 24;
/** How much of a long text is decoded at a time. */
const DECODE_CHUNK_BYTES = 2 ** 20;

/**
 * Decodes a piece of UTF-8. Bytes which are not UTF-8 (a database whose encoding
 * is SQL_ASCII may hold any) become U+FFFD; a byte order mark is kept.
 *
 * @param bytes The bytes around it, of which the text keeps nothing.
 * @param start Where the text starts.
 * @param end Where it ends; not checked against the length of `bytes`.
 * @returns The text.
 * @throws {RangeError} If it is longer than a string can be, which in V8 is 512 MiB.
 */
export function decodeText(
  bytes: Uint8Array,
  start: number,
  end: number,
): string {
  const length = end - start;
  if (length > LONG_TEXT_BYTES) {
    return refuseTooLong(decodeLong, bytes, start, end);
  }
  return CALLS_ARE_FAST && length <= MAX_SHORT_TEXT_BYTES &&
      isAscii(bytes, start, end)
    ? shortText(bytes, start, length)
    : decodeLong(bytes, start, end);
}

/**
 * Decodes a piece of UTF-8 as {@linkcode decodeText} does, for those who only hand the text
 * on: a long one is put together of pieces, so that each takes one byte a character where
 * that will do, and what was read is given back on the way.
 *
 * @param bytes The bytes around it, of which the text keeps nothing.
 * @param start Where the text starts.
 * @param end Where it ends; not checked against the length of `bytes`.
 * @returns The text.
 * @throws {RangeError} If it is longer than a string can be, which in V8 is 512 MiB.
 */
export function decodeWholeText(
  bytes: Uint8Array,
  start: number,
  end: number,
): string {
  return end - start > LONG_TEXT_BYTES
    ? refuseTooLong(decodePieces, bytes, start, end)
    : decodeText(bytes, start, end);
}

function decodePieces(bytes: Uint8Array, start: number, end: number): string {
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  let text = "";
  for (let at = start; at < end; at += DECODE_CHUNK_BYTES) {
    const piece = bytes.subarray(at, Math.min(at + DECODE_CHUNK_BYTES, end));
    text += decoder.decode(piece, { stream: true });
  }
  return text + decoder.decode();
}

// What runtimes throw for it has many names.
function refuseTooLong(
  decode: typeof decodeText,
  bytes: Uint8Array,
  start: number,
  end: number,
): string {
  // To find out by decoding would take the memory of the longest string.
  const isTooLong = end - start > MAX_STRING_LENGTH &&
    utf16Length(bytes, start, end) > MAX_STRING_LENGTH;
  if (isTooLong) throw tooLong(end - start);
  try {
    return decode(bytes, start, end);
  } catch (cause) {
    throw tooLong(end - start, { cause });
  }
}

function tooLong(length: number, options?: ErrorOptions): RangeError {
  return new RangeError(
    `Cannot make a string of ${length} bytes: it would be longer than strings can be here`,
    options,
  );
}

function utf16Length(bytes: Uint8Array, start: number, end: number): number {
  let length = 0;
  for (let at = start; at < end; at++) {
    const byte = bytes[at] ?? 0;
    if (byte < 0x80 || byte >= 0xc0) length++;
    if (byte >= 0xf0) length++;
  }
  return length;
}

function isAscii(bytes: Uint8Array, start: number, end: number): boolean {
  let seen = 0;
  for (let at = start; at < end; at++) seen |= bytes[at] ?? 0;
  return seen <= 0x7f;
}
