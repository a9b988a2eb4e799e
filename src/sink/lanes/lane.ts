import type { Item } from "./item.ts";
import type { BatchLimits } from "../options/settings.ts";
import { Queue } from "./queue.ts";
import { earlier } from "./scheduler.ts";

/** The deliveries of a key that failed alone, and those behind them. */
interface HeldKey {
  items: Item[];
  /** When to try again, by `performance.now()`. */
  dueAt: number;
  isOpen: boolean;
}

/**
 * The deliveries of some keys, of which one batch is written at a time. A key whose delivery
 * failed alone waits by itself, and the others go on.
 */
export class Lane {
  /** Those that have not been tried, and those that failed as a whole. */
  readonly queue: Queue = new Queue();
  /** Whether a batch is being written. */
  isBusy = false;
  /** Whether it waits to be looked at. */
  isMarked = false;
  /** Runs the lane again, once a batch may not wait for more, or a key is due. */
  timer: ReturnType<typeof setTimeout> | undefined;
  readonly #held = new Map<string, HeldKey>();
  #open: readonly Item[] = [];

  /** Whether a key waits to be tried again: then the delivery waits behind it. */
  joinsHeld(item: Item): boolean {
    if (this.#held.size === 0 || item.key === null) return false;
    const held = this.#held.get(item.key);
    if (held === undefined) return false;
    held.items.push(item);
    return true;
  }

  /** Has deliveries of one key wait, before those that wait already. */
  hold(key: string, items: readonly Item[], dueAt: number): void {
    const behind = this.#held.get(key)?.items ?? [];
    this.#held.set(key, { items: [...items, ...behind], dueAt, isOpen: false });
  }

  /** Takes those that are due to be tried again, up to a batch. */
  takeDue(now: number, limits: BatchLimits): Item[] {
    const batch: Item[] = [];
    let bytes = 0;
    for (const held of this.#held.values()) {
      if (held.isOpen || held.dueAt > now) continue;
      const most = limits.distinctKeys ? 1 : held.items.length;
      let taken = 0;
      while (taken < most) {
        const item = held.items[taken]!;
        const isFull = batch.length > 0 &&
          (batch.length >= limits.items || bytes + item.bytes > limits.bytes);
        if (isFull) break;
        bytes += item.bytes;
        batch.push(item);
        taken++;
      }
      if (taken === 0) break;
      held.items = held.items.slice(taken);
      held.isOpen = true;
    }
    return batch;
  }

  /** Notes which batch is being written. */
  begin(batch: readonly Item[]): void {
    this.isBusy = true;
    this.#open = batch;
  }

  /** Notes that a batch was written. What waits behind its keys is due. */
  end(now: number): void {
    this.isBusy = false;
    this.#open = [];
    for (const [key, held] of this.#held) {
      if (!held.isOpen) continue;
      if (held.items.length === 0) this.#held.delete(key);
      else this.#held.set(key, { ...held, dueAt: now, isOpen: false });
    }
  }

  /** When the next key is due that waits. */
  get dueAt(): number | undefined {
    let first: number | undefined;
    for (const { dueAt, isOpen } of this.#held.values()) {
      if (!isOpen) first = earlier(first, dueAt);
    }
    return first;
  }

  /** When the oldest delivery came that is here. */
  get since(): number | undefined {
    let first = earlier(this.queue.since, this.#open[0]?.since);
    for (const { items } of this.#held.values()) {
      first = earlier(first, items[0]?.since);
    }
    return first;
  }
}
