import type { Item } from "./item.ts";
import type { LaneState } from "./lane_state.ts";
import { SPLIT } from "./judge_outcome.ts";
import { Linger } from "./linger.ts";
import { Queue } from "./queue.ts";
import { earlier, type Scheduler, type SchedulerOptions } from "./scheduler.ts";
import type { BatchLimits } from "../options/settings.ts";
import type { Written } from "./writer.ts";

/** A batch that was passed to the destination. */
interface OpenBatch {
  readonly items: readonly Item[];
  written: Written | null;
}

/**
 * Writes everything in the order of the changes, several batches at a time, for destinations
 * that keep that order. If one fails, nothing after it is done: all of that is written again.
 */
export class SequenceScheduler implements Scheduler {
  readonly #options: SchedulerOptions;
  readonly #concurrency: number;
  readonly #queue = new Queue();
  readonly #linger: Linger;
  // In the order in which they were passed; all before them are done.
  #open: OpenBatch[] = [];
  #isRecovering = false;
  #isStopped = false;
  // During the search for a refused delivery: how many are written together, and the last
  // one that it can be.
  #search: { readonly size: number; readonly last: Item } | null = null;

  /** @param options The route, and its parts. */
  constructor(options: SchedulerOptions) {
    this.#options = options;
    this.#linger = new Linger(options.settings);
    this.#concurrency = options.settings.destination.concurrency ?? 1;
  }

  push(item: Item): void {
    this.#queue.push(item);
    if (this.#queue.length >= this.#options.settings.limits.items) this.kick();
  }

  kick(): void {
    while (
      !this.#isOver && !this.#isRecovering &&
      this.#open.length < (this.#search ? 1 : this.#concurrency) &&
      this.#queue.length > 0
    ) {
      if (!this.#isReady()) {
        return this.#linger.wait(this.#queue, () => this.kick());
      }
      const batch = this.#queue.take(
        this.#limits(),
        (item) => this.#diverts(item),
      );
      if (batch.length > 0) {
        this.#options.writer.guard(
          this.#write({ items: batch, written: null }),
        );
      }
    }
  }

  startPartial(): void {
    this.#linger.startsPartial = true;
    this.kick();
  }

  resume(): void {
    this.#linger.startsPartial = false;
  }

  stop(): void {
    this.#isStopped = true;
    this.#linger.stop();
  }

  oldest(): number | undefined {
    return earlier(this.#open[0]?.items[0]?.since, this.#queue.since);
  }

  lanes(): LaneState[] {
    const open = this.#isRecovering ? 1 : this.#open.length;
    const state = this.#isRecovering ? "retrying" : "writing";
    return Array.from(
      { length: this.#concurrency },
      (_, i) => i < open ? state : "idle",
    );
  }

  get #isOver(): boolean {
    return this.#isStopped || this.#options.writer.isOver;
  }

  #limits(): BatchLimits {
    const { limits } = this.#options.settings;
    return this.#search ? { ...limits, items: this.#search.size } : limits;
  }

  #isReady(): boolean {
    return this.#search !== null ||
      this.#linger.isOver(this.#queue, performance.now());
  }

  #diverts(item: Item): boolean {
    const { parking } = this.#options;
    if (parking.holds(item)) parking.follow(item);
    else if (item.refusal !== null) parking.refuse(item, item.refusal.error);
    else return false;
    this.#passed([item]);
    return true;
  }

  // The search has ended: the delivery was found, or was not refused again.
  #passed(items: readonly Item[]): void {
    if (this.#search && items.includes(this.#search.last)) this.#search = null;
  }

  async #write(batch: OpenBatch): Promise<void> {
    this.#open.push(batch);
    const { failures } = batch.items[0]!;
    const attempt = this.#search === null ? failures : Math.max(1, failures);
    batch.written = await this.#options.writer.write(batch.items, attempt);
    if (isDone(batch.written)) this.#finishPrefix();
    else this.#isRecovering = true;
    if (this.#isRecovering) await this.#recover();
    else this.kick();
  }

  #finishPrefix(): void {
    while (this.#open.length > 0 && isDone(this.#open[0]!.written)) {
      const { items } = this.#open.shift()!;
      this.#passed(items);
      this.#options.writer.finish(items);
    }
  }

  // Once all batches are settled, starts again with the first delivery that failed.
  async #recover(): Promise<void> {
    if (this.#open.some(({ written }) => written === null)) return;
    const { writer, parking } = this.#options;
    const [failed, ...later] = this.#open;
    this.#open = [];
    const verdict = writer.judge(failed!.items, firstFailure(failed!));
    if (verdict === null) return;
    if (verdict === SPLIT) return this.#split(failed!, later);
    const { error, retryAfterMs, refused } = verdict;
    const from = failed!.items.findIndex((item) =>
      refused[0]?.item === item || verdict.again[0] === item
    );
    writer.finish(failed!.items.slice(0, from));
    const rest = failed!.items.slice(from + refused.length);
    this.#queue.unshift([...rest, ...later.flatMap(({ items }) => items)]);
    for (const { item, error } of refused) {
      this.#search = null;
      parking.refuse(item, error);
    }
    if (refused.length === 0) {
      const { failures } = rest[0]!;
      writer.note(rest, { error, attempts: failures, next: "retry" });
      await writer.rest(failures, retryAfterMs);
    }
    this.#isRecovering = false;
    this.kick();
  }

  #split({ items }: OpenBatch, later: readonly OpenBatch[]): void {
    this.#search = { size: (items.length + 1) >> 1, last: items.at(-1)! };
    this.#queue.unshift([...items, ...later.flatMap(({ items }) => items)]);
    this.#isRecovering = false;
    this.kick();
  }
}

function isDone(written: Written | null): boolean {
  return written !== null && "outcome" in written &&
    (!written.outcome || written.outcome.length === 0);
}

// Of several failures in a batch the first one counts: nothing after it is done.
function firstFailure({ written, items }: OpenBatch): Written {
  if (written === null || "thrown" in written) {
    return written ?? { thrown: undefined };
  }
  const failures = written.outcome ?? [];
  const [first] = failures.toSorted((a, b) => a.index - b.index);
  return { outcome: first && first.index < items.length ? [first] : [] };
}
