import type { Item } from "./item.ts";
import type { BatchLimits } from "../options/settings.ts";
import { Queue } from "./queue.ts";
import type { LaneState } from "./lane_state.ts";
import { earlier } from "./scheduler.ts";

/** The deliveries of a key that failed alone, and those that follow them. */
interface RetriedKey {
  items: Item[];
  /** When to retry, by `performance.now()`. */
  dueAt: number;
  isOpen: boolean;
}

/**
 * The deliveries of some keys, which are written one batch at a time. If a single delivery
 * fails, only its key waits, and the others continue.
 */
export class Lane {
  /** Deliveries not tried yet, and batches that failed as a whole. */
  readonly queue: Queue = new Queue();
  /** Whether a batch is being written. */
  isBusy = false;
  /** Whether that batch, or a part of it, failed before. */
  isRetrying = false;
  /** Whether it is queued to be examined. */
  isMarked = false;
  /** Runs the lane again when a batch has waited long enough, or a key is due. */
  timer: ReturnType<typeof setTimeout> | undefined;
  readonly #retried = new Map<string, RetriedKey>();
  #open: readonly Item[] = [];

  /** Returns whether the delivery's key waits for a retry; the delivery then joins it. */
  joinsRetried(item: Item): boolean {
    if (this.#retried.size === 0 || item.key === null) return false;
    const retried = this.#retried.get(item.key);
    if (retried === undefined) return false;
    retried.items.push(item);
    return true;
  }

  /** Makes deliveries of one key wait, before those that are waiting already. */
  hold(key: string, items: readonly Item[], dueAt: number): void {
    const behind = this.#retried.get(key)?.items ?? [];
    this.#retried.set(key, {
      items: [...items, ...behind],
      dueAt,
      isOpen: false,
    });
  }

  /** Takes deliveries that are due for a retry, up to one batch. */
  takeDue(now: number, limits: BatchLimits): Item[] {
    const batch: Item[] = [];
    let bytes = 0;
    for (const retried of this.#retried.values()) {
      if (retried.isOpen || retried.dueAt > now) continue;
      const most = limits.distinctKeys ? 1 : retried.items.length;
      let taken = 0;
      while (taken < most) {
        const item = retried.items[taken]!;
        const isFull = batch.length > 0 &&
          (batch.length >= limits.items || bytes + item.bytes > limits.bytes);
        if (isFull) break;
        bytes += item.bytes;
        batch.push(item);
        taken++;
      }
      if (taken === 0) break;
      retried.items = retried.items.slice(taken);
      retried.isOpen = true;
    }
    return batch;
  }

  /** Records the batch that is being written. */
  begin(batch: readonly Item[]): void {
    this.isBusy = true;
    this.#open = batch;
  }

  /** Records that the batch was written. Deliveries waiting for its keys become due. */
  end(now: number): void {
    this.isBusy = false;
    this.isRetrying = false;
    this.#open = [];
    for (const [key, retried] of this.#retried) {
      if (!retried.isOpen) continue;
      if (retried.items.length === 0) this.#retried.delete(key);
      else this.#retried.set(key, { ...retried, dueAt: now, isOpen: false });
    }
  }

  /** What it does. */
  get state(): LaneState {
    if (this.isRetrying || this.#retried.size > 0) return "retrying";
    return this.isBusy ? "writing" : "idle";
  }

  /** When the next waiting key is due. */
  get dueAt(): number | undefined {
    let first: number | undefined;
    for (const { dueAt, isOpen } of this.#retried.values()) {
      if (!isOpen) first = earlier(first, dueAt);
    }
    return first;
  }

  /** When the oldest delivery in this lane arrived. */
  get since(): number | undefined {
    let first = earlier(this.queue.since, this.#open[0]?.since);
    for (const { items } of this.#retried.values()) {
      first = earlier(first, items[0]?.since);
    }
    return first;
  }
}
