import type {
  MessageBatch,
  MessageSource,
} from "../../reassembly/message_source.ts";
import {
  ChunkXLogData,
  payloadLength,
} from "../../replication/copy_both_message.ts";
import { Pacing } from "./pacing.ts";

/** Options for {@linkcode ReadAhead}. */
export interface ReadAheadOptions {
  /** Reads the next messages of one connection; `null` at the end. */
  readonly read: () => Promise<MessageBatch | null>;
  /**
   * When bytes came last, whole messages or not, by `performance.now()`.
   *
   * @default {undefined} only whole messages count
   */
  readonly receivedAt?: () => number;
  /** Told of each batch as it arrives, before anyone asks for it. */
  readonly onArrival: (batch: MessageBatch) => void;
  /**
   * Told once that the stream has broken off. What nobody has asked for by then is dropped.
   *
   * @default {undefined} what is here is handed out before the error
   */
  readonly onLoss?: (() => void) | undefined;
  /**
   * Reading pauses once so many bytes wait to be asked for, and once four times as many do
   * where nobody has asked for a while.
   *
   * @default {262_144}
   */
  readonly limit?: number;
}

/** Whoever asks for nothing for so long, in milliseconds, is at work of his own. */
const AWAY_MS = 100;
/** How much further to read then. */
const AWAY_FACTOR = 4;

/**
 * Reads a replication stream a little further than the consumer has come, so that what the
 * server asks is heard while the consumer is at work: a server that shuts down waits until
 * its last words are answered. The limit keeps the memory bounded, and holds the server
 * back when it is reached. It is low while the consumer keeps coming: of more objects that
 * are alive when the garbage collector comes, V8 makes room for many times as many.
 */
export class ReadAhead implements MessageSource {
  readonly #options: ReadAheadOptions;
  readonly #limit: number;
  readonly #pumping: Promise<void>;
  #queue: Waiting[] = [];
  #size = 0;
  readonly #pacing = new Pacing();
  // How the stream ended, once it has; behind what is in the queue.
  #end: { readonly error: unknown } | "done" | null = null;
  #reason: { readonly error: unknown } | null = null;
  #dropping = false;
  #isLost = false;
  // Since when a read has been waiting, by performance.now().
  #readingSince: number | null = null;
  #endedAt: number | null = null;
  #isAwaited = false;
  #isAway = false;
  #wakeConsumer = ignore;
  #wakePump = ignore;

  /** @param options What to read, and how far. */
  constructor(options: ReadAheadOptions) {
    this.#options = options;
    this.#limit = options.limit ?? 2 ** 18;
    this.#pumping = this.#pump();
  }

  /**
   * For how long a read has waited without a byte, in milliseconds; `null` while none
   * waits, since so much is here already: then it is the consumer who is slow.
   */
  get silentMs(): number | null {
    if (this.#readingSince === null) return null;
    const { receivedAt } = this.#options;
    return performance.now() -
      Math.max(this.#readingSince, receivedAt?.() ?? 0);
  }

  /** Whether the stream has broken off, and what was here is dropped. */
  get isLost(): boolean {
    return this.#isLost;
  }

  /** When the stream ended, by `performance.now()`; `null` while it has not. */
  get endedAt(): number | null {
    return this.#endedAt;
  }

  /** What reading has failed with, unless this side had closed the connection. */
  get failure(): unknown {
    const end = this.#end;
    return end === null || end === "done" || end === this.#reason
      ? undefined
      : end.error;
  }

  /**
   * Takes the next batch, and waits for it where none is here.
   *
   * @returns The batch, or `null` at the end of the stream.
   * @throws What broke the stream, behind all that came before.
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

  /** Says why the connection is about to be closed: that is how the stream then ends. */
  fail(error: unknown): void {
    this.#reason ??= { error };
    if (this.#options.onLoss !== undefined) this.#endWith(this.#reason);
  }

  /** Drops what is here and what still comes, up to the end of the stream. */
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
        if (this.#isBehind(batch, bytes) && !this.#dropping) await pause();
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
    return this.#size >= this.#limit * (this.#isAway ? AWAY_FACTOR : 1);
  }

  // Settles when something is taken, or the consumer turns out to be away.
  async #change(): Promise<void> {
    const woken = new Promise<void>((wake) => this.#wakePump = wake);
    if (this.#isAway) return await woken;
    const timer = setTimeout(() => {
      this.#isAway = true;
      this.#wakePump();
    }, AWAY_MS);
    await woken;
    clearTimeout(timer);
  }

  // Whoever waits for a batch goes first: to begin the next read takes longer than to hand
  // the batch over, and the consumer may be back at once. If not, reading goes on ahead.
  async #returnOfConsumer(): Promise<void> {
    for (let turn = 0; turn < TURNS && !this.#isAwaited; turn++) await null;
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
    // Of keepalives in a row only the last one matters: those of a long pause take no
    // room, and so never stop the reading.
    if (last !== undefined && isSilence(last.batch) && isSilence(batch)) {
      this.#queue.pop();
      this.#size -= last.size;
    }
    this.#queue.push({ batch, size });
    this.#size += size;
    this.#isAwaited = false;
    this.#wakeConsumer();
  }
}

/** A batch that nobody has asked for yet. */
interface Waiting {
  readonly batch: MessageBatch;
  /** The bytes that it takes. */
  readonly size: number;
}

/** How many steps of promises a consumer may take until it is back: most take 5 to 21. */
const TURNS = 32;
/** Roughly what an object takes that stands for a message. */
const OVERHEAD = 100;

function sizeOf(batch: MessageBatch): number {
  const last = batch.at(-1);
  let size = batch.length * OVERHEAD;
  for (const message of batch) {
    if (message.kind !== "XLogData") continue;
    // Those of one chunk lie one behind the other.
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

// The shortest time that a timer can wait: 1 ms, and about 2 in some runtimes.
function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 1));
}

function ignore(): void {}
