const UTF8 = new TextEncoder();

/** Writes one or more messages into a buffer that grows as needed. */
export class ByteWriter {
  #bytes: Uint8Array<ArrayBuffer>;
  #view: DataView;
  #length = 0;

  /** @param capacity The initial size of the buffer, in bytes. */
  constructor(capacity = 64) {
    this.#bytes = new Uint8Array(capacity);
    this.#view = new DataView(this.#bytes.buffer);
  }

  /** The number of bytes written. */
  get length(): number {
    return this.#length;
  }

  /** Appends an unsigned byte. */
  uint8(value: number): this {
    const at = this.#grow(1);
    this.#view.setUint8(at, value);
    return this;
  }

  /** Appends a signed 16-bit integer. */
  int16(value: number): this {
    const at = this.#grow(2);
    this.#view.setInt16(at, value);
    return this;
  }

  /** Appends a signed 32-bit integer. */
  int32(value: number): this {
    const at = this.#grow(4);
    this.#view.setInt32(at, value);
    return this;
  }

  /** Appends an unsigned 32-bit integer. */
  uint32(value: number): this {
    const at = this.#grow(4);
    this.#view.setUint32(at, value);
    return this;
  }

  /** Appends a signed 64-bit integer. */
  int64(value: bigint): this {
    const at = this.#grow(8);
    this.#view.setBigInt64(at, value);
    return this;
  }

  /** Appends an unsigned 64-bit integer, such as an LSN. */
  uint64(value: bigint): this {
    const at = this.#grow(8);
    this.#view.setBigUint64(at, value);
    return this;
  }

  /**
   * Appends text and a zero byte.
   *
   * @throws {TypeError} If the text contains a zero byte, which would end it early.
   */
  string(value: string): this {
    if (value.includes("\0")) {
      throw new TypeError(
        `Cannot send text that contains a zero byte: ${JSON.stringify(value)}`,
      );
    }
    return this.bytes(UTF8.encode(value)).uint8(0);
  }

  /** Appends bytes. */
  bytes(value: Uint8Array): this {
    const at = this.#grow(value.length);
    this.#bytes.set(value, at);
    return this;
  }

  /** Overwrites four bytes, for a length that is known only at the end. */
  int32At(offset: number, value: number): this {
    this.#view.setInt32(offset, value);
    return this;
  }

  /** Returns the written bytes as a view; the writer must not be used afterwards. */
  finish(): Uint8Array<ArrayBuffer> {
    return this.#bytes.subarray(0, this.#length);
  }

  // Must be called before #bytes or #view is accessed, since it replaces both.
  #grow(by: number): number {
    const start = this.#length;
    const needed = start + by;
    if (needed > this.#bytes.length) {
      const bytes = new Uint8Array(Math.max(needed, this.#bytes.length * 2));
      bytes.set(this.#bytes.subarray(0, start));
      this.#bytes = bytes;
      this.#view = new DataView(bytes.buffer);
    }
    this.#length = needed;
    return start;
  }
}
