import type {
  MessageBatch,
  MessageSource,
} from "../../reassembly/message_source.ts";
import {
  ChunkXLogData,
  payloadLength,
} from "../../replication/copy_both_message.ts";
import { shortestPause } from "../../shortest_pause.ts";
import { Pacing } from "./pacing.ts";

/** Options for {@linkcode ReadAhead}. */
export interface ReadAheadOptions {
  /** Reads the next messages of one connection; `null` at the end. */
  readonly read: () => Promise<MessageBatch | null>;
  /**
   * The time when bytes last arrived, as whole messages or not, by `performance.now()`.
   *
   * @default {undefined} only whole messages are counted
   */
  readonly receivedAt?: () => number;
  /** Called with each batch as it arrives, before it is requested. */
  readonly onArrival: (batch: MessageBatch) => void;
  /**
   * Called once when the stream has broken off. Batches that nobody has requested are
   * dropped.
   *
   * @default {undefined} they are delivered before the error
   */
  readonly onLoss?: (() => void) | undefined;
  /**
   * The number of unread bytes at which reading pauses; four times as many if nothing was
   * requested for a while.
   *
   * @default {262_144}
   */
  readonly limit?: number;
}

/**
 * A consumer that requests nothing for this time, in milliseconds, is busy with its own work.
 */
const BUSY_AFTER_MS = 100;
/** The factor by which the limit then grows. */
const BUSY_LIMIT_FACTOR = 4;

/**
 * Reads a replication stream slightly ahead of the consumer, so that the server's requests
 * are seen while the consumer works: a server that shuts down waits for a reply to its last
 * message. The limit bounds the memory, and applies backpressure to the server. It is low
 * while the consumer keeps reading: the more objects are alive at a garbage collection, the
 * more V8 grows its heap.
 */
export class ReadAhead implements MessageSource {
  readonly #options: ReadAheadOptions;
  readonly #limit: number;
  readonly #pumping: Promise<void>;
  #queue: Waiting[] = [];
  #size = 0;
  readonly #pacing = new Pacing();
  // How the stream ended, once it has; delivered after the queue.
  #end: { readonly error: unknown } | "done" | null = null;
  #reason: { readonly error: unknown } | null = null;
  #dropping = false;
  #isLost = false;
  // Since when a read has been pending, by performance.now().
  #readingSince: number | null = null;
  #endedAt: number | null = null;
  #isAwaited = false;
  #isAway = false;
  #wakeConsumer = ignore;
  #wakePump = ignore;

  /** @param options What to read, and how far ahead. */
  constructor(options: ReadAheadOptions) {
    this.#options = options;
    this.#limit = options.limit ?? 2 ** 18;
    this.#pumping = this.#pump();
  }

  /**
   * How long a read has waited without a byte, in milliseconds; `null` while none is pending
   * because enough has been read: then the consumer is the slow one.
   */
  get silentMs(): number | null {
    if (this.#readingSince === null) return null;
    const { receivedAt } = this.#options;
    return performance.now() -
      Math.max(this.#readingSince, receivedAt?.() ?? 0);
  }

  /**
   * The time when the oldest unread message arrived, by `performance.now()`; `null` if there
   * is none, or only keepalives.
   */
  get unreadSince(): number | null {
    return this.#queue.find(({ batch }) => !isSilence(batch))?.at ?? null;
  }

  /** Whether the stream has broken off and the unread batches are dropped. */
  get isLost(): boolean {
    return this.#isLost;
  }

  /** The time when the stream ended, by `performance.now()`; `null` while it has not. */
  get endedAt(): number | null {
    return this.#endedAt;
  }

  /** The error that reading failed with, unless this side had closed the connection. */
  get failure(): unknown {
    const end = this.#end;
    return end === null || end === "done" || end === this.#reason
      ? undefined
      : end.error;
  }

  /**
   * Takes the next batch, waiting for one if necessary.
   *
   * @returns The batch, or `null` at the end of the stream.
   * @throws The error that broke the stream, after everything that arrived before it.
   */
  async next(): Promise<MessageBatch | null> {
    this.#isAway = false;
    for (;;) {
      const waiting = this.#queue.shift();
      if (waiting !== undefined) {
        if (this.#size >= this.#limit) this.#wakePump();
        this.#size -= waiting.size;
        return waiting.batch;
      }
      if (this.#end === "done") return null;
      if (this.#end !== null) throw this.#end.error;
      this.#isAwaited = true;
      await new Promise<void>((wake) => this.#wakeConsumer = wake);
    }
  }

  /** Sets the reason for closing the connection, which then becomes the end of the stream. */
  fail(error: unknown): void {
    this.#reason ??= { error };
    if (this.#options.onLoss !== undefined) this.#endWith(this.#reason);
  }

  /** Discards what has been read and what still arrives, up to the end of the stream. */
  async drain(): Promise<void> {
    this.#dropping = true;
    this.#queue = [];
    this.#size = 0;
    this.#wakePump();
    await this.#pumping;
  }

  async #pump(): Promise<void> {
    try {
      for (;;) {
        while (this.#isFull()) await this.#change();
        const batch = await this.#read();
        if (batch === null) break;
        this.#options.onArrival(batch);
        const bytes = sizeOf(batch);
        const isAwaited = this.#isAwaited;
        this.#enqueue(batch, bytes);
        if (isAwaited) await this.#returnOfConsumer();
        if (this.#isBehind(batch, bytes) && !this.#dropping) {
          await shortestPause();
        }
      }
      this.#endWith("done");
    } catch (error) {
      this.#endWith({ error });
    }
  }

  #endWith(end: { readonly error: unknown } | "done"): void {
    if (this.#end !== null) return;
    this.#end = this.#reason ?? end;
    this.#endedAt = performance.now();
    const { onLoss } = this.#options;
    if (onLoss !== undefined && !this.#dropping) {
      this.#isLost = true;
      this.#queue = [];
      this.#size = 0;
      this.#wakePump();
      onLoss();
    }
    this.#wakeConsumer();
  }

  #isFull(): boolean {
    return this.#size >= this.#limit * (this.#isAway ? BUSY_LIMIT_FACTOR : 1);
  }

  // Settles when something is taken, or when the consumer is found to be busy.
  async #change(): Promise<void> {
    const woken = new Promise<void>((wake) => this.#wakePump = wake);
    if (this.#isAway) return await woken;
    const timer = setTimeout(() => {
      this.#isAway = true;
      this.#wakePump();
    }, BUSY_AFTER_MS);
    await woken;
    clearTimeout(timer);
  }

  // A consumer that waits for a batch is served first: starting the next read takes longer
  // than handing over the batch, and the consumer may be back at once. If not, reading
  // continues.
  async #returnOfConsumer(): Promise<void> {
    for (
      let turn = 0;
      turn < MAX_CONSUMER_MICROTASKS && !this.#isAwaited;
      turn++
    ) await null;
  }

  // Whether it is better to let more arrive before the next read.
  #isBehind(batch: MessageBatch, bytes: number): boolean {
    if (isSilence(batch)) return false;
    const at = performance.now();
    return this.#pacing.pauseAfter({ messages: batch.length, bytes, at });
  }

  async #read(): Promise<MessageBatch | null> {
    this.#readingSince = performance.now();
    try {
      return await this.#options.read();
    } finally {
      this.#readingSince = null;
    }
  }

  #enqueue(batch: MessageBatch, size: number): void {
    if (this.#dropping || this.#isLost) return;
    const last = this.#queue.at(-1);
    // Of successive keepalives only the last matters. Those of a long pause take no space,
    // and so never stop the reading.
    if (last !== undefined && isSilence(last.batch) && isSilence(batch)) {
      this.#queue.pop();
      this.#size -= last.size;
    }
    const at = this.#options.receivedAt?.() ?? performance.now();
    this.#queue.push({ batch, size, at });
    this.#size += size;
    this.#isAwaited = false;
    this.#wakeConsumer();
  }
}

/** A batch that was not requested yet. */
interface Waiting {
  readonly batch: MessageBatch;
  /** Its size in bytes. */
  readonly size: number;
  /** When it arrived, by `performance.now()`. */
  readonly at: number;
}

/** How many microtasks a consumer may take to return: most take 5 to 21. */
const MAX_CONSUMER_MICROTASKS = 32;
/** The approximate size of the object for a message. */
const MESSAGE_OVERHEAD_BYTES = 100;

function sizeOf(batch: MessageBatch): number {
  const last = batch.at(-1);
  let size = batch.length * MESSAGE_OVERHEAD_BYTES;
  for (const message of batch) {
    if (message.kind !== "XLogData") continue;
    // The messages of one chunk are adjacent.
    const isOfLast = last instanceof ChunkXLogData &&
      message instanceof ChunkXLogData && message.bytes === last.bytes;
    if (isOfLast) return size + last.end - message.start;
    size += payloadLength(message);
  }
  return size;
}

function isSilence(batch: MessageBatch): boolean {
  return batch.every(({ kind }) => kind === "PrimaryKeepaliveMessage");
}

function ignore(): void {}
