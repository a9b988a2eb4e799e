import type {
  MessageBatch,
  MessageSource,
} from "../reassembly/message_source.ts";

/** Messages whose waiting reader can be woken, and to which some can be returned. */
export class StoppableSource implements MessageSource {
  readonly #messages: MessageSource;
  #rest: MessageBatch = [];
  // A pending read whose result nobody has received.
  #reading: Promise<MessageBatch | null> | null = null;
  #wake: (() => void) | null = null;

  /** @param messages The source of the messages. */
  constructor(messages: MessageSource) {
    this.#messages = messages;
  }

  /** Whether a reader is waiting for the server. */
  get isWaiting(): boolean {
    return this.#wake !== null;
  }

  /** Returns an empty batch to a waiting reader. */
  wake(): void {
    this.#wake?.();
  }

  /** Returns messages, which are read next. */
  putBack(messages: MessageBatch): void {
    this.#rest = messages;
  }

  async next(): Promise<MessageBatch | null> {
    const rest = this.#rest;
    this.#rest = [];
    if (rest.length > 0) return rest;
    this.#reading ??= this.#messages.next();
    const woken = new Promise<null>((resolve) => {
      this.#wake = () => resolve(null);
    });
    let read: { readonly batch: MessageBatch | null } | null = { batch: null };
    try {
      read = await Promise.race([
        this.#reading.then((batch) => ({ batch })),
        woken,
      ]);
    } finally {
      this.#wake = null;
      // If the reader was woken, the batch is still to come.
      if (read !== null) this.#reading = null;
    }
    return read === null ? [] : read.batch;
  }

  async drain(): Promise<void> {
    this.#rest = [];
    await this.#messages.drain();
  }
}
