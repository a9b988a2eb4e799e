const CAPACITY_BYTES = 256 * 1024;

/**
 * A buffer to read into, whose delivered bytes are never overwritten. A few bytes are
 * delivered as a copy, so that they don't keep a large buffer alive; many are delivered in
 * the buffer itself, which is then replaced.
 */
export class ReadBuffer {
  readonly #capacity: number;
  #bytes: Uint8Array<ArrayBuffer> = new Uint8Array(0);

  /** @param capacity Its size in bytes; 256 KiB by default. */
  constructor(capacity: number = CAPACITY_BYTES) {
    this.#capacity = capacity;
  }

  /** The buffer to read into. */
  space(): Uint8Array<ArrayBuffer> {
    if (this.#bytes.length === 0) this.#bytes = new Uint8Array(this.#capacity);
    return this.#bytes;
  }

  /**
   * Returns the bytes that were read.
   *
   * @param length The number of bytes of {@linkcode ReadBuffer.space} that were filled.
   */
  take(length: number): Uint8Array<ArrayBuffer> {
    if (length < this.#capacity / 2) return this.#bytes.slice(0, length);
    const taken = this.#bytes.subarray(0, length);
    this.#bytes = new Uint8Array(0);
    return taken;
  }
}
