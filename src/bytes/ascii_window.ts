import { decodeText } from "./decode_text.ts";
import { IS_JAVASCRIPT_CORE } from "./javascript_core.ts";

/**
 * Decodes a piece of bytes to a string with one character for each byte.
 *
 * @param bytes The bytes that contain it; the text does not refer to them.
 * @param start The start of the text.
 * @param end The end of the text.
 */
export type DecodeLatin1 = (
  bytes: Uint8Array,
  start: number,
  end: number,
) => string;

/** The number of bytes that are decoded at a time. */
const WINDOW_BYTES = 2 ** 15;
// JavaScriptCore copies no part of a string. V8 copies those that are shorter than
// SlicedString::kMinLength in src/objects/string.h.
const CUTS_ARE_COPIES = !IS_JAVASCRIPT_CORE;
const MAX_COPIED_BYTES = 12;
const UUID_BYTES = 36;
/** The maximum length of a text for which JavaScriptCore's decoder of Latin-1 is faster. */
const MAX_LATIN1_BYTES = 40;

/**
 * Cuts texts of ASCII from bytes that are never overwritten. Decoding many bytes at once and
 * cutting the string takes a fraction of the time of decoding each text. But a part of a string
 * may keep the whole string alive.
 */
export class AsciiWindow {
  readonly #decode: DecodeLatin1;
  #bytes: Uint8Array = new Uint8Array(0);
  #from = 0;
  #to = 0;
  #text = "";

  /** @param decode The runtime's decoder. */
  constructor(decode: DecodeLatin1) {
    this.#decode = decode;
  }

  /**
   * Moves the window to a piece of bytes, unless it contains the piece already.
   *
   * @param bytes The bytes.
   * @param start The start of the piece.
   * @param end Its end.
   * @returns Whether the piece fits into the window.
   */
  moveTo(bytes: Uint8Array, start: number, end: number): boolean {
    const isInside = bytes === this.#bytes && start >= this.#from &&
      end <= this.#to;
    if (isInside) return true;
    if (end - start > WINDOW_BYTES) return false;
    this.#bytes = bytes;
    this.#from = start;
    this.#to = Math.min(bytes.length, start + WINDOW_BYTES);
    this.#text = this.#decode(bytes, start, this.#to);
    return true;
  }

  /**
   * Returns a text that the caller must not keep: it may keep the whole window alive.
   *
   * @param start Its start; all of it must be ASCII, and within the window.
   * @param end Its end.
   */
  view(start: number, end: number): string {
    return this.#text.substring(start - this.#from, end - this.#from);
  }

  /**
   * Returns a text that keeps nothing else alive.
   *
   * @param start Its start; all of it must be ASCII, and within the window.
   * @param end Its end.
   */
  copy(start: number, end: number): string {
    const length = end - start;
    if (CUTS_ARE_COPIES) {
      if (length <= MAX_COPIED_BYTES) return this.view(start, end);
      if (length === UUID_BYTES) return uuidText(this.#bytes, start);
    } else if (length <= MAX_LATIN1_BYTES) {
      return this.#decode(this.#bytes, start, end);
    }
    return decodeText(this.#bytes, start, end);
  }
}

// For longer texts this would take as long as the decoder. But UUIDs are common, and in Node they
// take two thirds of the decoder's time.
function uuidText(b: Uint8Array, i: number): string {
  // deno-fmt-ignore
  return String.fromCharCode(
    b[i]!, b[i + 1]!, b[i + 2]!, b[i + 3]!, b[i + 4]!, b[i + 5]!, b[i + 6]!, b[i + 7]!, b[i + 8]!,
    b[i + 9]!, b[i + 10]!, b[i + 11]!, b[i + 12]!, b[i + 13]!, b[i + 14]!, b[i + 15]!, b[i + 16]!, b[i + 17]!,
    b[i + 18]!, b[i + 19]!, b[i + 20]!, b[i + 21]!, b[i + 22]!, b[i + 23]!, b[i + 24]!, b[i + 25]!, b[i + 26]!,
    b[i + 27]!, b[i + 28]!, b[i + 29]!, b[i + 30]!, b[i + 31]!, b[i + 32]!, b[i + 33]!, b[i + 34]!, b[i + 35]!,
  );
}
