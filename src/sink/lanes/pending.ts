import type { Item } from "./item.ts";

/**
 * The deliveries waiting for a destination, and the callers waiting for there to be fewer.
 */
export class Pending {
  readonly #limit: { readonly items: number; readonly bytes: number };
  #items = 0;
  #bytes = 0;
  #failure: { readonly error: unknown } | null = null;
  #waiting: Waiting[] = [];

  /** @param limit The maximum that may be pending. */
  constructor(limit: { readonly items: number; readonly bytes: number }) {
    this.#limit = limit;
  }

  /** The number of deliveries that are not durable. */
  get items(): number {
    return this.#items;
  }

  /** Their size in bytes. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Whether the limit is reached. */
  get isFull(): boolean {
    return this.#items >= this.#limit.items || this.#bytes >= this.#limit.bytes;
  }

  /** Counts a delivery. */
  add({ bytes }: Item): void {
    this.#items++;
    this.#bytes += bytes;
  }

  /** Removes deliveries that are no longer pending. */
  remove(items: readonly Item[]): void {
    this.#items -= items.length;
    for (const { bytes } of items) this.#bytes -= bytes;
    if (this.#waiting.length > 0) this.#wake();
  }

  /**
   * Waits for capacity: until a quarter is free, so that a stream at its limit does not wake
   * up for each delivery.
   */
  room(): Promise<void> {
    return this.#until(() =>
      this.#items <= this.#limit.items * 0.75 &&
      this.#bytes <= this.#limit.bytes * 0.75
    );
  }

  /** Waits until at most this number of deliveries is pending. */
  atMost(items: number): Promise<void> {
    return this.#until(() => this.#items <= items);
  }

  /** Rejects all waits, current and future, with an error. */
  fail(error: unknown): void {
    this.#failure = { error };
    this.#wake();
  }

  #until(isMet: () => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ isMet, resolve, reject });
      this.#wake();
    });
  }

  #wake(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const one of waiting) {
      if (this.#failure !== null) one.reject(this.#failure.error);
      else if (one.isMet()) one.resolve();
      else this.#waiting.push(one);
    }
  }
}

interface Waiting {
  readonly isMet: () => boolean;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}
