import { type DecodeUtf8, decodeUtf8 } from "./decode_utf8.ts";
import { IS_JAVASCRIPT_CORE } from "./javascript_core.ts";
import { MAX_SHORT_TEXT_BYTES, shortText } from "./short_text.ts";

// In JavaScriptCore, calling a native function with many arguments takes longer than any
// alternative.
const CALLS_ARE_FAST = !IS_JAVASCRIPT_CORE;

/**
 * The maximum length of a string in V8, in UTF-16 code units: String::kMaxLength in
 * include/v8-primitive.h. JavaScriptCore allows four times as many.
 */
const MAX_STRING_LENGTH = CALLS_ARE_FAST ? 2 ** 29 - 24 : 2 ** 31 - 1;
/** The size from which a text counts as long. */
const LONG_TEXT_BYTES = 2 ** 24;
/** The size of the pieces in which a long text is decoded. */
const DECODE_CHUNK_BYTES = 2 ** 20;

/**
 * Decodes a piece of UTF-8. Bytes that are not UTF-8 (which a database with the encoding
 * SQL_ASCII may contain) become U+FFFD; a byte order mark is kept.
 *
 * @param bytes The bytes that contain it; the text does not refer to them.
 * @param start The start of the text.
 * @param end The end of the text; not checked against the length of `bytes`.
 * @returns The text.
 * @throws {RangeError} If it is longer than a string can be (512 MiB in V8).
 */
export function decodeText(
  bytes: Uint8Array,
  start: number,
  end: number,
): string {
  const length = end - start;
  if (CALLS_ARE_FAST && length <= MAX_SHORT_TEXT_BYTES) {
    const text = shortText(bytes, start, length);
    if (text !== null) return text;
  }
  return length > LONG_TEXT_BYTES
    ? refuseTooLong(decodeUtf8, bytes, start, end)
    : decodeUtf8(bytes, start, end);
}

/**
 * Decodes a piece of UTF-8 like {@linkcode decodeText}, for callers that only pass the text
 * on. A long text is concatenated from pieces, so that each takes one byte per character if
 * possible, and memory is released along the way.
 *
 * @param bytes The bytes that contain it; the text does not refer to them.
 * @param start The start of the text.
 * @param end The end of the text; not checked against the length of `bytes`.
 * @returns The text.
 * @throws {RangeError} If it is longer than a string can be (512 MiB in V8).
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

// The error for this has many names in different runtimes.
function refuseTooLong(
  decode: DecodeUtf8,
  bytes: Uint8Array,
  start: number,
  end: number,
): string {
  // Finding out by decoding would take the memory of the longest string.
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
    `Cannot create a string of ${length} bytes: it would exceed the maximum length of strings in this runtime`,
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
