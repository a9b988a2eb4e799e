import { untilAborted } from "../../deadline.ts";

/** What goes on beside a stream, to be ended with it. */
export class Background {
  readonly #stop = new AbortController();
  readonly #running = new Set<Promise<void>>();
  readonly #onFailure: () => void;
  #failure: { readonly error: unknown } | null = null;
  #changed: Promise<void> = Promise.resolve();
  #wake: () => void = () => {};

  /** @param onFailure Told when something has failed. */
  constructor(onFailure: () => void) {
    this.#onFailure = onFailure;
    this.#renew();
  }

  /** Says that everything is to end. */
  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  /** What failed first, if anything has. */
  get failure(): { readonly error: unknown } | null {
    return this.#failure;
  }

  /** Begins something. */
  run(work: () => Promise<void>): void {
    const running = work().catch((error) => {
      if (this.signal.aborted) return;
      this.#failure ??= { error };
      this.#onFailure();
    }).finally(() => this.#running.delete(running));
    this.#running.add(running);
  }

  /** Settles with the next {@linkcode Background.notify}, and rejects at the end. */
  async change(): Promise<void> {
    this.signal.throwIfAborted();
    await this.#changed;
    this.signal.throwIfAborted();
  }

  /** Waits for something that ends by itself, but no longer than until the end of all. */
  until<T>(promise: Promise<T>): Promise<T> {
    return untilAborted(promise, this.signal);
  }

  /** Says that something has changed for which others wait. */
  notify(): void {
    const wake = this.#wake;
    this.#renew();
    wake();
  }

  /** Ends everything, and settles once it has. */
  async close(): Promise<void> {
    this.#stop.abort();
    this.notify();
    await Promise.all(this.#running);
  }

  #renew(): void {
    this.#changed = new Promise((resolve) => this.#wake = resolve);
  }
}
