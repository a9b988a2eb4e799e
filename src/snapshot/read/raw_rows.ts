/** The undecoded rows of a chunk, so that a slow consumer holds no other memory. */
export class RawRows {
  readonly #sources: Uint8Array[] = [];
  readonly #starts: number[] = [];
  readonly #ends: number[] = [];
  #size = 0;

  /** The number of rows. */
  get length(): number {
    return this.#sources.length;
  }

  /** The number of their bytes. */
  get size(): number {
    return this.#size;
  }

  /** Adds a row without copying it. */
  push(bytes: Uint8Array, start: number, end: number): void {
    this.#sources.push(bytes);
    this.#starts.push(start);
    this.#ends.push(end);
    this.#size += end - start;
  }

  /** The bytes that contain a row. */
  source(i: number): Uint8Array {
    return this.#sources[i]!;
  }

  /** The start of a row in these bytes. */
  start(i: number): number {
    return this.#starts[i]!;
  }

  /** The end of a row. */
  end(i: number): number {
    return this.#ends[i]!;
  }

  /** Releases the memory of decoded rows. */
  release(from: number, to: number): void {
    this.#sources.fill(NOTHING, from, to);
  }
}

const NOTHING = new Uint8Array(0);
