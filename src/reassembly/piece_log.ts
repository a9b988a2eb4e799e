import type { Lsn } from "../lsn.ts";
import type { OpenTemporaryFile, TemporaryFile } from "../socket/socket.ts";
import { type Chunk, ChunkPool } from "./chunk_pool.ts";
import type { Span } from "./span.ts";

/** Length and position, in front of each message. */
const HEADER = 12;
/** Few bytes are copied faster one by one than by way of a view. */
const FEW = 64;
const FIRST_CHUNK = 2 ** 14;
/**
 * Messages are read back in batches of about so many bytes. Of larger batches more events
 * are alive at once when the garbage collector comes, for which V8 makes more room: with
 * four times as much a process took 170 to 200 MiB in place of 120.
 */
const BATCH = 2 ** 14;
/** How long timers may be kept waiting, in milliseconds. */
const LONGEST_MS = 20;

/**
 * Messages in the order in which they came, as raw bytes: a copy of each, and nothing else.
 * What is written at the end can be cut off again. The beginning can be moved to a file;
 * the rest stays in memory.
 */
export class PieceLog {
  readonly #pool: ChunkPool;
  readonly #chunks: Chunk[] = [];
  #memory = 0;
  // How much of the beginning is in the file.
  #spilled = 0;
  #length = 0;
  #file: TemporaryFile | null = null;
  #closed = false;

  /** @param pool Where its memory comes from, and goes to. */
  constructor(pool: ChunkPool) {
    this.#pool = pool;
  }

  /** How many bytes of memory it takes. */
  get memory(): number {
    return this.#memory;
  }

  /** How long it is: where the next message will begin. */
  get length(): number {
    return this.#length;
  }

  /**
   * Writes a message to the end.
   *
   * @param walStart The position to keep with it.
   * @param message The message.
   * @param xidLength How many bytes behind the type byte to leave out.
   */
  append(walStart: Lsn, message: Span, xidLength: number): void {
    const size = message.end - message.start - xidLength;
    const chunk = this.#room(HEADER + size);
    const { bytes, view, used } = chunk;
    const at = used + HEADER;
    // What then lies before the message, of its first bytes, is overwritten.
    copy(message, bytes, at - xidLength);
    bytes[at] = message.bytes[message.start] ?? 0;
    view.setUint32(used, size);
    view.setBigUint64(used + 4, walStart);
    chunk.used += HEADER + size;
    this.#length += HEADER + size;
  }

  /** Cuts off everything from a {@linkcode PieceLog.length} on that it once had. */
  truncate(length: number): void {
    let start = this.#length;
    while (start > length && start > this.#spilled) {
      const chunk = this.#chunks.at(-1);
      if (chunk === undefined) break;
      start -= chunk.used;
      if (start < length) {
        chunk.used = length - start;
        break;
      }
      this.#chunks.pop();
      this.#giveBack(chunk);
    }
    this.#length = length;
    this.#spilled = Math.min(this.#spilled, length);
  }

  /**
   * Moves all that is in memory to the file.
   *
   * @throws {Error} If the file can't be made or written.
   */
  async spill(open: OpenTemporaryFile): Promise<void> {
    try {
      await this.#spill(open);
    } catch (error) {
      throw new Error(
        `Cannot move a transaction that has not ended to a temporary file: ${
          error instanceof Error ? error.message : error
        }; make room, raise streaming.memoryLimit, or subscribe with streaming: false`,
        { cause: error },
      );
    }
  }

  async #spill(open: OpenTemporaryFile): Promise<void> {
    this.#file ??= await open();
    if (this.#closed) return await this.close();
    for (;;) {
      const chunk = this.#chunks[0];
      if (chunk === undefined) return;
      await this.#file.write(
        chunk.bytes.subarray(0, chunk.used),
        this.#spilled,
      );
      this.#chunks.shift();
      this.#spilled += chunk.used;
      this.#giveBack(chunk);
    }
  }

  /**
   * Reads everything, once: memory is given back on the way. In the eight bytes before a
   * message stands its position. A batch is overwritten when the next one is asked for.
   */
  async *read(): AsyncGenerator<readonly Span[], void, void> {
    yield* this.#readFile();
    let turnedAt = performance.now();
    for (;;) {
      const chunk = this.#chunks.shift();
      if (chunk === undefined) return;
      for (let at = 0; at < chunk.used;) {
        const { pieces, end } = takePieces(chunk.bytes, at, chunk.used);
        yield pieces;
        at = end;
        // What is in memory is read without a turn of the event loop. There may be
        // gigabytes of it, and timers wait, that of the status reports first of all.
        if (performance.now() - turnedAt < LONGEST_MS) continue;
        await turn();
        turnedAt = performance.now();
      }
      this.#giveBack(chunk);
    }
  }

  /** Drops everything. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const chunk of this.#chunks.splice(0)) this.#giveBack(chunk);
    await this.#file?.close();
  }

  async *#readFile(): AsyncGenerator<readonly Span[], void, void> {
    const usual = new Uint8Array(Math.min(BATCH, this.#spilled));
    let buffer = usual;
    for (let at = 0; at < this.#spilled;) {
      const wanted = Math.min(buffer.length, this.#spilled - at);
      await this.#fill(buffer.subarray(0, wanted), at);
      const { pieces, end } = takePieces(buffer, 0, wanted);
      at += end;
      if (pieces.length > 0) yield pieces;
      // There may be one that is longer than the others.
      buffer = pieces.length > 0 ? usual : new Uint8Array(sizeOfFirst(buffer));
    }
  }

  async #fill(buffer: Uint8Array, position: number): Promise<void> {
    const length = await this.#file?.read(buffer, position);
    if (length === buffer.length) return;
    throw new Error(
      `Cannot read a transaction back from its temporary file: ${length} of ${buffer.length} bytes are there at ${position}`,
    );
  }

  #room(size: number): Chunk {
    const last = this.#chunks.at(-1);
    if (last !== undefined && last.bytes.length - last.used >= size) {
      return last;
    }
    // Small transactions are many, and large ones grow in large steps.
    const step = Math.min(
      ChunkPool.size,
      Math.max(FIRST_CHUNK, this.#length),
    );
    const chunk = this.#pool.take(Math.max(size, step));
    this.#chunks.push(chunk);
    this.#memory += chunk.bytes.length;
    return chunk;
  }

  #giveBack(chunk: Chunk): void {
    this.#memory -= chunk.bytes.length;
    this.#pool.give(chunk);
  }
}

function copy(
  { bytes, start, end }: Span,
  into: Uint8Array,
  position: number,
): void {
  if (end - start > FEW) {
    into.set(bytes.subarray(start, end), position);
    return;
  }
  const by = position - start;
  for (let at = start; at < end; at++) into[at + by] = bytes[at] ?? 0;
}

function sizeOfFirst({ buffer }: Uint8Array): number {
  return HEADER + new DataView(buffer).getUint32(0);
}

// Those which lie wholly before `limit`, up to the size of a batch.
function takePieces(
  bytes: Uint8Array,
  start: number,
  limit: number,
): { readonly pieces: Span[]; readonly end: number } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, limit);
  const pieces: Span[] = [];
  let at = start;
  while (at + HEADER <= limit && at - start < BATCH) {
    const end = at + HEADER + view.getUint32(at);
    if (end > limit) break;
    pieces.push({ bytes, start: at + HEADER, end });
    at = end;
  }
  return { pieces, end: at };
}

function turn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}
