import { untilAborted } from "../../deadline.ts";

/** Tasks that run beside a stream and end with it. */
export class Background {
  readonly #stop = new AbortController();
  readonly #running = new Set<Promise<void>>();
  readonly #onFailure: () => void;
  #failure: { readonly error: unknown } | null = null;
  #changed: Promise<void> = Promise.resolve();
  #wake: () => void = () => {};

  /** @param onFailure Called when a task has failed. */
  constructor(onFailure: () => void) {
    this.#onFailure = onFailure;
    this.#renew();
  }

  /** Aborted when everything must end. */
  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  /** The first failure, if there was one. */
  get failure(): { readonly error: unknown } | null {
    return this.#failure;
  }

  /** Starts a task. */
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

  /** Waits for a promise, but no longer than until the end of everything. */
  until<T>(promise: Promise<T>): Promise<T> {
    return untilAborted(promise, this.signal);
  }

  /** Signals that something has changed that others may wait for. */
  notify(): void {
    const wake = this.#wake;
    this.#renew();
    wake();
  }

  /** Ends everything, and settles once all tasks have ended. */
  async close(): Promise<void> {
    this.#stop.abort();
    this.notify();
    await Promise.all(this.#running);
  }

  #renew(): void {
    this.#changed = new Promise((resolve) => this.#wake = resolve);
  }
}
