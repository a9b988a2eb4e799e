import type { BatchLimits } from "../options/settings.ts";
import type { Item } from "./item.ts";

// How many taken deliveries may stay at the front before their memory is released.
const MOST_TAKEN = 1024;

/** Deliveries in order, from which batches are taken. */
export class Queue {
  #items: Item[] = [];
  #head = 0;
  #bytes = 0;

  /** The number of deliveries. */
  get length(): number {
    return this.#items.length - this.#head;
  }

  /** Their size in bytes. */
  get bytes(): number {
    return this.#bytes;
  }

  /** The first, if there is one. */
  get first(): Item | undefined {
    return this.#items[this.#head];
  }

  /** Adds a delivery at the end. */
  push(item: Item): void {
    this.#items.push(item);
    this.#bytes += item.bytes;
  }

  /** Puts deliveries back at the front, in their order. */
  unshift(items: readonly Item[]): void {
    this.#items = [...items, ...this.#items.slice(this.#head)];
    this.#head = 0;
    for (const { bytes } of items) this.#bytes += bytes;
  }

  /** Removes and returns the first. */
  shift(): Item | undefined {
    const item = this.#items[this.#head];
    if (item === undefined) return undefined;
    this.#bytes -= item.bytes;
    this.#head++;
    if (this.#head === this.#items.length) {
      this.#items = [];
      this.#head = 0;
    } else if (
      this.#head >= MOST_TAKEN && this.#head * 2 > this.#items.length
    ) {
      this.#items = this.#items.slice(this.#head);
      this.#head = 0;
    }
    return item;
  }

  /**
   * Takes the deliveries for one batch.
   *
   * @param limits The limits of a batch.
   * @param divert Takes an item that must not be part of the batch, and returns whether it
   * did.
   */
  take(limits: BatchLimits, divert: (item: Item) => boolean): Item[] {
    const batch: Item[] = [];
    const keys = limits.distinctKeys ? new Set<string | null>() : null;
    let bytes = 0;
    for (let item = this.first; item !== undefined; item = this.first) {
      if (divert(item)) {
        this.shift();
        continue;
      }
      const isFull = batch.length > 0 &&
        (batch.length >= limits.items || bytes + item.bytes > limits.bytes);
      if (isFull || keys?.has(item.key) === true) break;
      keys?.add(item.key);
      bytes += item.bytes;
      batch.push(item);
      this.shift();
    }
    return batch;
  }

  /**
   * Takes as many whole units as fit into a batch; if the first does not fit, a part of it.
   *
   * @param limits The limits of a batch.
   * @param isEnd Returns whether a unit ends with an item.
   * @returns None if no unit is complete and the queue does not fill a batch.
   */
  takeWhole(limits: BatchLimits, isEnd: (item: Item) => boolean): Item[] {
    let whole = 0;
    let bytes = 0;
    const items = this.#items;
    for (let at = this.#head; at < items.length; at++) {
      const item = items[at]!;
      const count = at - this.#head;
      bytes += item.bytes;
      const isFull = count > 0 &&
        (count >= limits.items || bytes > limits.bytes);
      if (isFull) return this.#takeFirst(whole > 0 ? whole : count);
      if (isEnd(item)) whole = count + 1;
    }
    return this.#takeFirst(whole);
  }

  /** Takes everything after the last end of a unit. */
  takeIncomplete(isEnd: (item: Item) => boolean): Item[] {
    let from = this.#items.length;
    while (from > this.#head && !isEnd(this.#items[from - 1]!)) from--;
    const rest = this.#items.splice(from);
    for (const { bytes } of rest) this.#bytes -= bytes;
    return rest;
  }

  #takeFirst(count: number): Item[] {
    const batch: Item[] = [];
    for (let i = 0; i < count; i++) batch.push(this.shift()!);
    return batch;
  }

  /** When the first delivery arrived, if there is one. */
  get since(): number | undefined {
    return this.first?.since;
  }
}
