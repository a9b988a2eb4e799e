import { ProtocolError } from "../errors.ts";
import type { OutputPlugin } from "../output_plugin/output_plugin.ts";
import type {
  CopyBothMessage,
  XLogData,
} from "../replication/copy_both_message.ts";
import { ChunkPool } from "./chunk_pool.ts";
import type { BufferOptions } from "./buffered_transactions.ts";
import type { MessageBatch, MessageSource } from "./message_source.ts";
import { SpillableLog } from "./spillable_log.ts";

/** Options for {@linkcode TransactionBuffer}. */
export interface TransactionBufferOptions extends BufferOptions {
  /** The plugin's name. */
  readonly name: string;
  /** Returns a payload's role in its transaction. */
  readonly roleOf: Required<OutputPlugin>["roleOf"];
}

/**
 * Buffers the transactions of a plugin that sends their commit position and time only at
 * their end. Then each is passed on whole: its end in place of its beginning, the changes,
 * and its end once more. Everything else passes unchanged.
 *
 * One for each connection: a new connection sends everything again.
 */
export class TransactionBuffer implements MessageSource {
  readonly #source: MessageSource;
  readonly #options: TransactionBufferOptions;
  readonly #pool = new ChunkPool();
  // Aborts all waits for files.
  readonly #stop = new AbortController();
  // The last batch read, and how far it has been passed on.
  #batch: MessageBatch = [];
  #at = 0;
  // The transaction that has begun.
  #log: SpillableLog | null = null;
  // The transaction that is being passed on.
  #replay: AsyncGenerator<MessageBatch, void, void> | null = null;
  #dropping = false;

  /**
   * @param source The messages of one connection.
   * @param options The plugin, and the limits of the buffer.
   */
  constructor(source: MessageSource, options: TransactionBufferOptions) {
    this.#source = source;
    this.#options = options;
  }

  async next(): Promise<MessageBatch | null> {
    const replayed = await this.#replay?.next();
    if (replayed?.done === false) return replayed.value;
    this.#replay = null;
    if (this.#at >= this.#batch.length) {
      const batch = await this.#source.next();
      if (batch === null || this.#dropping) return null;
      this.#batch = batch;
      this.#at = 0;
    }
    const passed: CopyBothMessage[] = [];
    while (this.#at < this.#batch.length && this.#replay === null) {
      const message = this.#batch[this.#at++];
      if (message?.kind === "XLogData") this.#take(message, passed);
      else if (message !== undefined) passed.push(message);
    }
    await this.#makeRoom();
    return passed;
  }

  async drain(): Promise<void> {
    this.#dropping = true;
    this.#stop.abort();
    await this.#source.drain();
  }

  /** Releases memory and files. Safe to call repeatedly, and at any time. */
  async close(): Promise<void> {
    this.#dropping = true;
    this.#stop.abort();
    await this.#replay?.return();
    await this.#log?.close();
    this.#pool.clear();
  }

  #take(message: XLogData, passed: CopyBothMessage[]): void {
    const { name, roleOf } = this.#options;
    const role = roleOf(message.data);
    if (role === "alone") {
      passed.push(message);
      return;
    }
    const log = this.#log;
    if ((role === "begin") !== (log === null)) {
      throw new ProtocolError(
        `Cannot place a message of ${name}: ${
          log === null
            ? "no transaction has begun"
            : "the transaction before has not ended"
        }`,
      );
    }
    if (log === null) {
      this.#log = new SpillableLog(this.#pool, this.#stop.signal);
    } else if (role === "within") {
      log.append(message, 0);
    } else {
      this.#replay = this.#replayed(log, message);
    }
  }

  async *#replayed(
    log: SpillableLog,
    end: XLogData,
  ): AsyncGenerator<MessageBatch, void, void> {
    const { sendTime } = end;
    // Up to here close() releases it: a generator that has not started has no `finally`.
    this.#log = null;
    try {
      yield [end];
      yield* log.read(sendTime);
      yield [end];
    } finally {
      await log.close();
      this.#pool.clear();
    }
  }

  async #makeRoom(): Promise<void> {
    const { name, memoryLimit, openTemporaryFile } = this.#options;
    const log = this.#log;
    if (log === null || this.#replay !== null) return;
    if (log.memory <= memoryLimit) return;
    if (openTemporaryFile !== null) return await log.spill(openTemporaryFile);
    throw new RangeError(
      `Cannot hold a transaction until it ends, as ${name} needs it: it takes ${log.memory} bytes of memory, the limit is ${memoryLimit}, and there are no temporary files; raise streaming.memoryLimit, pass streaming.openTemporaryFile, or use a plugin whose transactions are not held`,
    );
  }
}
