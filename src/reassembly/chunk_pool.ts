/** Memory for whole messages, one behind the other. */
export interface Chunk {
  /** The memory. */
  readonly bytes: Uint8Array;
  /** The same. */
  readonly view: DataView;
  /** How much of it is written. */
  used: number;
}

const CHUNK_BYTES = 2 ** 18;

/**
 * Large chunks, used again and again. Left to the garbage collector, which looks for
 * buffers only now and then, many more of them would lie about than are in use.
 */
export class ChunkPool {
  readonly #free: Chunk[] = [];

  /** How large the chunks are of which there are many. */
  static readonly size: number = CHUNK_BYTES;

  /** Takes a chunk of at least this size. */
  take(size: number): Chunk {
    const free = size === CHUNK_BYTES ? this.#free.pop() : undefined;
    if (free !== undefined) return free;
    const bytes = new Uint8Array(size);
    return { bytes, view: new DataView(bytes.buffer), used: 0 };
  }

  /** Takes a chunk back that nobody reads any more. */
  give(chunk: Chunk): void {
    if (chunk.bytes.length !== CHUNK_BYTES) return;
    chunk.used = 0;
    this.#free.push(chunk);
  }

  /** Leaves the free chunks to the garbage collector. */
  clear(): void {
    this.#free.length = 0;
  }
}
