import type {
  MessageBatch,
  MessageSource,
} from "../reassembly/message_source.ts";

/** Messages whose reader can be woken while it waits, and can put some back. */
export class StoppableSource implements MessageSource {
  readonly #messages: MessageSource;
  #rest: MessageBatch = [];
  // A read that nobody has had the result of.
  #reading: Promise<MessageBatch | null> | null = null;
  #wake: (() => void) | null = null;

  /** @param messages Where they come from. */
  constructor(messages: MessageSource) {
    this.#messages = messages;
  }

  /** Whether someone waits for the server. */
  get isWaiting(): boolean {
    return this.#wake !== null;
  }

  /** Gives whoever waits an empty batch. */
  wake(): void {
    this.#wake?.();
  }

  /** Takes messages that come next. */
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
      // If it was woken, the batch is still to come.
      if (read !== null) this.#reading = null;
    }
    return read === null ? [] : read.batch;
  }

  async drain(): Promise<void> {
    this.#rest = [];
    await this.#messages.drain();
  }
}
