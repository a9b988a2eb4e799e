/** The rows of a chunk as they came, undecoded: a slow consumer then holds nothing else. */
export class RawRows {
  readonly #sources: Uint8Array[] = [];
  readonly #starts: number[] = [];
  readonly #ends: number[] = [];
  #size = 0;

  /** How many rows. */
  get length(): number {
    return this.#sources.length;
  }

  /** How many bytes they have. */
  get size(): number {
    return this.#size;
  }

  /** Adds a row, which stays where it lies. */
  push(bytes: Uint8Array, start: number, end: number): void {
    this.#sources.push(bytes);
    this.#starts.push(start);
    this.#ends.push(end);
    this.#size += end - start;
  }

  /** The bytes around a row. */
  source(i: number): Uint8Array {
    return this.#sources[i]!;
  }

  /** Where in these it starts. */
  start(i: number): number {
    return this.#starts[i]!;
  }

  /** Where it ends. */
  end(i: number): number {
    return this.#ends[i]!;
  }

  /** Gives back the memory of rows that were decoded: of those before this one. */
  release(from: number, to: number): void {
    this.#sources.fill(NOTHING, from, to);
  }
}

const NOTHING = new Uint8Array(0);
