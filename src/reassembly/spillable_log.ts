import { uint32At } from "../bytes/big_endian.ts";
import { untilAborted, within } from "../deadline.ts";
import { TemporaryFileError } from "../errors.ts";
import {
  ChunkXLogData,
  type XLogData,
} from "../replication/copy_both_message.ts";
import type { OpenTemporaryFile, TemporaryFile } from "../socket/socket.ts";
import type { UnixMicros } from "../timestamp.ts";
import { type Chunk, ChunkPool } from "./chunk_pool.ts";
import { BufferedXLogData } from "./buffered_x_log_data.ts";
import { copyWalStart, type Span, spanOf } from "./span.ts";

/** The size of the length and position before each message. */
const HEADER_BYTES = 12;
/** Up to this size, copying bytes one by one is faster than through a view. */
const SMALL_COPY_BYTES = 64;
const FIRST_CHUNK_BYTES = 2 ** 14;
/** From this size on, a message stays in its own buffer: sockets read less at once. */
const ADOPTED_BYTES = 2 ** 20;
/** The maximum size before the message in such a buffer: the frame's headers. */
const MAX_UNUSED_BYTES = 64;
/**
 * The approximate size of the batches in which messages are read back. With larger batches,
 * more events are alive at a garbage collection, for which V8 grows its heap permanently.
 */
const READ_BATCH_BYTES = 2 ** 13;
/** How much to read from a file at once: a round trip takes longer than reading it. */
const FILE_READ_BYTES = 2 ** 18;
/** The maximum delay of timers, in milliseconds. */
const LONGEST_MS = 20;
/** How long to wait for a file to be closed, in milliseconds. */
const CLOSE_DEADLINE_MS = 2_000;

/**
 * Messages in the order of arrival, stored as copies of their raw bytes. The end can be
 * truncated again. The beginning can be moved to a file; the rest stays in memory.
 */
export class SpillableLog {
  readonly #pool: ChunkPool;
  readonly #signal: AbortSignal | undefined;
  readonly #chunks: Chunk[] = [];
  #memory = 0;
  // How much of the beginning is in the file.
  #spilled = 0;
  #length = 0;
  #file: TemporaryFile | null = null;
  #closed = false;

  /**
   * @param pool Provides its memory, and takes it back.
   * @param signal Aborts all waits for the file, which may hang.
   */
  constructor(pool: ChunkPool, signal?: AbortSignal) {
    this.#pool = pool;
    this.#signal = signal;
  }

  /** The size of its memory, in bytes. */
  get memory(): number {
    return this.#memory;
  }

  /** Its length: the start of the next message. */
  get length(): number {
    return this.#length;
  }

  /**
   * Writes a message to the end.
   *
   * @param message The message.
   * @param xidLength How many bytes after the type byte to remove.
   */
  append(message: XLogData, xidLength: number): void {
    if (this.#adopt(message, xidLength)) return;
    const span = spanOf(message);
    const size = span.end - span.start - xidLength;
    const chunk = this.#room(HEADER_BYTES + size);
    const { bytes, view, used } = chunk;
    const at = used + HEADER_BYTES;
    // Overwrites the first bytes of the message, as far as they now precede it.
    copy(span, bytes, at - xidLength);
    bytes[at] = span.bytes[span.start] ?? 0;
    view.setUint32(used, size);
    copyWalStart(message, view, used + 4);
    chunk.used += HEADER_BYTES + size;
    this.#length += HEADER_BYTES + size;
  }

  // Keeps a large message that has its own buffer in place, instead of copying it.
  #adopt(message: XLogData, xidLength: number): boolean {
    if (!(message instanceof ChunkXLogData)) return false;
    const { start, end } = message;
    const at = start + xidLength - HEADER_BYTES;
    const isAlone = end === message.bytes.length && end - at >= ADOPTED_BYTES &&
      at <= MAX_UNUSED_BYTES;
    if (!isAlone) return false;
    const type = message.bytes[start] ?? 0;
    const bytes = message.bytes.subarray(at);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    // There is space before the payload: its own header, which has been read.
    copyWalStart(message, view, 4);
    view.setUint32(0, bytes.length - HEADER_BYTES);
    bytes[HEADER_BYTES] = type;
    this.#chunks.push({ bytes, view, used: bytes.length });
    this.#memory += bytes.length;
    this.#length += bytes.length;
    return true;
  }

  /** Truncates the log to a {@linkcode SpillableLog.length} that it once had. */
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
   * Moves everything in memory to the file.
   *
   * @throws {TemporaryFileError} If the file can't be created or written.
   */
  async spill(open: OpenTemporaryFile): Promise<void> {
    try {
      await this.#spill(open);
    } catch (error) {
      throw new TemporaryFileError(
        `Cannot move a transaction that has not ended to a temporary file: ${
          error instanceof Error ? error.message : error
        }; make room, raise streaming.memoryLimit, or subscribe with streaming: false`,
        { cause: error },
      );
    }
  }

  async #spill(open: OpenTemporaryFile): Promise<void> {
    this.#file ??= await this.#open(open);
    if (this.#closed) return await this.close();
    for (;;) {
      const chunk = this.#chunks[0];
      if (chunk === undefined) return;
      const bytes = chunk.bytes.subarray(0, chunk.used);
      await untilAborted(this.#file.write(bytes, this.#spilled), this.#signal);
      this.#chunks.shift();
      this.#spilled += chunk.used;
      this.#giveBack(chunk);
    }
  }

  async #open(open: OpenTemporaryFile): Promise<TemporaryFile> {
    const opening = open();
    try {
      return await untilAborted(opening, this.#signal);
    } catch (error) {
      // Nobody waits for it any more.
      opening.then((file) => file.close()).catch(() => {});
      throw error;
    }
  }

  /**
   * Reads everything, once, and releases the memory on the way. A batch is overwritten when
   * the next one is requested.
   *
   * @param sendTime When the message that completed the transaction was sent.
   */
  async *read(
    sendTime: UnixMicros,
  ): AsyncGenerator<XLogData[], void, void> {
    let turnedAt = performance.now();
    for await (const { bytes, start, end } of this.#runs()) {
      for (let at = start; at < end;) {
        const batch: XLogData[] = [];
        const stop = Math.min(at + READ_BATCH_BYTES, end);
        while (at < stop) {
          const next = at + HEADER_BYTES + uint32At(bytes, at);
          const span = { bytes, start: at + HEADER_BYTES, end: next };
          batch.push(new BufferedXLogData(span, sendTime));
          at = next;
        }
        yield batch;
        // Reading from memory does not yield to the event loop. There may be gigabytes, and
        // timers must run meanwhile, above all that of the status reports.
        if (performance.now() - turnedAt < LONGEST_MS) continue;
        await turn();
        turnedAt = performance.now();
      }
    }
  }

  /** Drops everything. Does not wait long for a file that hangs. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const chunk of this.#chunks.splice(0)) this.#giveBack(chunk);
    const file = this.#file;
    if (file !== null) await within(CLOSE_DEADLINE_MS, () => file.close());
  }

  // Consecutive complete messages.
  async *#runs(): AsyncGenerator<Span, void, void> {
    yield* this.#fileRuns();
    for (;;) {
      const chunk = this.#chunks.shift();
      if (chunk === undefined) return;
      yield { bytes: chunk.bytes, start: 0, end: chunk.used };
      this.#giveBack(chunk);
    }
  }

  async *#fileRuns(): AsyncGenerator<Span, void, void> {
    const usual = new Uint8Array(Math.min(FILE_READ_BYTES, this.#spilled));
    let buffer = usual;
    for (let at = 0; at < this.#spilled;) {
      const wanted = Math.min(buffer.length, this.#spilled - at);
      await this.#fill(buffer.subarray(0, wanted), at);
      const end = wholeLength(buffer, wanted);
      if (end > 0) yield { bytes: buffer, start: 0, end };
      at += end;
      // A single message may be longer than a batch.
      buffer = end > 0
        ? usual
        : new Uint8Array(HEADER_BYTES + uint32At(buffer, 0));
    }
  }

  async #fill(buffer: Uint8Array, position: number): Promise<void> {
    let length: number | undefined;
    try {
      length = await untilAborted(
        this.#file?.read(buffer, position),
        this.#signal,
      );
    } catch (error) {
      throw new TemporaryFileError(
        `Cannot read a transaction back from its temporary file: ${
          error instanceof Error ? error.message : error
        }`,
        { cause: error },
      );
    }
    if (length === buffer.length) return;
    throw new TemporaryFileError(
      `Cannot read a transaction back from its temporary file: ${length} of ${buffer.length} bytes are there at ${position}`,
    );
  }

  #room(size: number): Chunk {
    const last = this.#chunks.at(-1);
    if (last !== undefined && last.bytes.length - last.used >= size) {
      return last;
    }
    // Small transactions are frequent, and large ones grow in large steps.
    const step = Math.min(
      ChunkPool.size,
      Math.max(FIRST_CHUNK_BYTES, this.#length),
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
  if (end - start > SMALL_COPY_BYTES) {
    into.set(bytes.subarray(start, end), position);
    return;
  }
  const by = position - start;
  for (let at = start; at < end; at++) into[at + by] = bytes[at] ?? 0;
}

// How many of these bytes are complete messages.
function wholeLength(bytes: Uint8Array, limit: number): number {
  let at = 0;
  while (at + HEADER_BYTES <= limit) {
    const next = at + HEADER_BYTES + uint32At(bytes, at);
    if (next > limit) break;
    at = next;
  }
  return at;
}

function turn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}
