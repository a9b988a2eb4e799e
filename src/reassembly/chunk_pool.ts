/** Memory for consecutive complete messages. */
export interface Chunk {
  /** The memory. */
  readonly bytes: Uint8Array;
  /** A view of the same memory. */
  readonly view: DataView;
  /** The number of bytes written. */
  used: number;
}

const CHUNK_BYTES = 2 ** 18;

/**
 * Large chunks that are reused. If they were left to the garbage collector, which frees
 * buffers only occasionally, many more of them would exist than are in use.
 */
export class ChunkPool {
  readonly #free: Chunk[] = [];

  /** The size of ordinary chunks. */
  static readonly size: number = CHUNK_BYTES;

  /** Returns a chunk of at least this size. */
  take(size: number): Chunk {
    const free = size === CHUNK_BYTES ? this.#free.pop() : undefined;
    if (free !== undefined) return free;
    const bytes = new Uint8Array(size);
    return { bytes, view: new DataView(bytes.buffer), used: 0 };
  }

  /** Takes back a chunk that nobody reads any more. */
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
