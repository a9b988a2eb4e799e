const UTF8 = new TextEncoder();
const CHUNK_BYTES = 65_536;
// Longer texts get an array of their own.
const LONGEST_IN_CHUNK = 4_096;

/**
 * Encodes texts as UTF-8, many into one buffer. Bytes that wait to be sent are cheaper for
 * the garbage collector than texts, which consist of dozens of concatenated pieces.
 */
export class ChunkedTextEncoder {
  #chunk = new Uint8Array(0);
  #used = 0;

  /** Returns the bytes of a text. */
  encode(text: string): Uint8Array {
    // The maximum: no UTF-16 code unit takes more.
    const most = 3 * text.length;
    if (text.length > LONGEST_IN_CHUNK) return UTF8.encode(text);
    if (most > this.#chunk.length - this.#used) {
      this.#chunk = new Uint8Array(CHUNK_BYTES);
      this.#used = 0;
    }
    const rest = this.#chunk.subarray(this.#used);
    const { written } = UTF8.encodeInto(text, rest);
    this.#used += written;
    return rest.subarray(0, written);
  }
}
