const CAPACITY_BYTES = 256 * 1024;

/**
 * Memory to read into, which is never written again once it has been handed out.
 * Few bytes are handed out as a copy, so that they don't keep a large buffer
 * alive; many are handed out in the buffer itself, and a new one takes its place.
 */
export class ReadBuffer {
  #bytes: Uint8Array<ArrayBuffer> = new Uint8Array(0);

  /** Where to read to: 256 KiB. */
  space(): Uint8Array<ArrayBuffer> {
    if (this.#bytes.length === 0) this.#bytes = new Uint8Array(CAPACITY_BYTES);
    return this.#bytes;
  }

  /**
   * Hands out what was read.
   *
   * @param length How many bytes of {@linkcode ReadBuffer.space} were filled.
   */
  take(length: number): Uint8Array<ArrayBuffer> {
    if (length < CAPACITY_BYTES / 2) return this.#bytes.slice(0, length);
    const taken = this.#bytes.subarray(0, length);
    this.#bytes = new Uint8Array(0);
    return taken;
  }
}
