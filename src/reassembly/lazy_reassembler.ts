import type { BufferOptions } from "./buffered_transactions.ts";
import type { MessageBatch, MessageSource } from "./message_source.ts";
import type { Reassembler } from "./reassembler.ts";
import { hasStreamed } from "./span.ts";

/**
 * Passes messages on, and loads the {@linkcode Reassembler} with the first block of a
 * transaction that has not ended. The server sends blocks of large transactions only
 * (`logical_decoding_work_mem`), which many subscriptions never see.
 *
 * One for each connection, like the Reassembler.
 */
export class LazyReassembler implements MessageSource {
  readonly #source: MessageSource;
  readonly #options: BufferOptions;
  #reassembler: Reassembler | null = null;
  #dropping = false;

  /**
   * @param source The messages of one connection.
   * @param options The limits of the buffer.
   */
  constructor(source: MessageSource, options: BufferOptions) {
    this.#source = source;
    this.#options = options;
  }

  next(): Promise<MessageBatch | null> {
    return this.#reassembler?.next() ?? this.#pass();
  }

  async drain(): Promise<void> {
    this.#dropping = true;
    await (this.#reassembler ?? this.#source).drain();
  }

  /** Releases memory and files. Safe to call repeatedly, and at any time. */
  async close(): Promise<void> {
    this.#dropping = true;
    await this.#reassembler?.close();
  }

  async #pass(): Promise<MessageBatch | null> {
    const batch = await this.#source.next();
    if (batch === null || this.#dropping) return null;
    return hasStreamed(batch) ? await this.#reassemble(batch) : batch;
  }

  async #reassemble(batch: MessageBatch): Promise<MessageBatch | null> {
    const { Reassembler } = await import("./reassembler.ts");
    if (this.#dropping) return null;
    const reassembler = new Reassembler(this.#source, this.#options, batch);
    this.#reassembler = reassembler;
    return await reassembler.next();
  }
}
