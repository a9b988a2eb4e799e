import type { Item } from "./item.ts";
import { SPLIT, type Verdict } from "./judge_outcome.ts";
import { Lane } from "./lane.ts";
import type { LaneState } from "./lane_state.ts";
import { Linger } from "./linger.ts";
import { retryDelayMs } from "./retry_delay.ts";
import { earlier, type Scheduler, type SchedulerOptions } from "./scheduler.ts";

/**
 * Distributes deliveries over lanes. Each key always uses the same lane, so deliveries of one
 * key never overtake each other.
 */
export class LaneScheduler implements Scheduler {
  readonly #options: SchedulerOptions;
  readonly #lanes: readonly Lane[];
  readonly #linger: Linger;
  #marked: Lane[] = [];
  #isStopped = false;

  /** @param options The route, and its parts. */
  constructor(options: SchedulerOptions) {
    this.#options = options;
    this.#linger = new Linger(options.settings);
    this.#lanes = Array.from(
      { length: options.settings.lanes },
      () => new Lane(),
    );
  }

  push(item: Item): void {
    const lane = this.#lanes[laneOf(item.key ?? "", this.#lanes.length)]!;
    lane.queue.push(item);
    if (lane.isBusy) return;
    if (lane.queue.length >= this.#options.settings.limits.items) {
      this.#run(lane);
    } else if (!lane.isMarked) {
      lane.isMarked = true;
      this.#marked.push(lane);
    }
  }

  kick(): void {
    const marked = this.#marked;
    if (marked.length === 0) return;
    this.#marked = [];
    for (const lane of marked) {
      lane.isMarked = false;
      this.#run(lane);
    }
  }

  startPartial(): void {
    this.#linger.startsPartial = true;
    for (const lane of this.#lanes) this.#run(lane);
  }

  resume(): void {
    this.#linger.startsPartial = false;
  }

  stop(): void {
    this.#isStopped = true;
    for (const { timer } of this.#lanes) clearTimeout(timer);
  }

  oldest(): number | undefined {
    let first: number | undefined;
    for (const lane of this.#lanes) first = earlier(first, lane.since);
    return first;
  }

  lanes(): LaneState[] {
    const states = this.#lanes.map(({ state }) => state);
    for (const key of this.#options.parking.keys) {
      const lane = laneOf(key, states.length);
      if (states[lane] === "idle") states[lane] = "parked";
    }
    return states;
  }

  get #isOver(): boolean {
    return this.#isStopped || this.#options.writer.isOver;
  }

  #run(lane: Lane): void {
    if (lane.isBusy || this.#isOver) return;
    const now = performance.now();
    const batch = this.#next(lane, now);
    if (batch.length === 0) return this.#wait(lane, now);
    lane.begin(batch);
    this.#options.writer.guard(this.#write(lane, batch));
  }

  #next(lane: Lane, now: number): Item[] {
    const { settings: { limits } } = this.#options;
    const due = lane.takeDue(now, limits).filter((item) =>
      !this.#diverts(item)
    );
    if (due.length > 0) return due;
    // All deliveries that takeDue() returned may have been diverted.
    lane.end(now);
    if (!this.#linger.isOver(lane.queue, now)) return [];
    return lane.queue.take(
      limits,
      (item) => lane.joinsRetried(item) || this.#diverts(item),
    );
  }

  #diverts(item: Item): boolean {
    const { parking } = this.#options;
    if (parking.holds(item)) parking.follow(item);
    else if (item.refusal !== null) parking.refuse(item, item.refusal.error);
    else return false;
    return true;
  }

  #wait(lane: Lane, now: number): void {
    const { lingerMs } = this.#options.settings;
    const { since } = lane.queue;
    const full = since === undefined ? undefined : since + lingerMs;
    const at = earlier(full, lane.dueAt);
    clearTimeout(lane.timer);
    if (at === undefined) return;
    lane.timer = setTimeout(() => this.#run(lane), Math.max(1, at - now));
  }

  // A batch that is refused as a whole is written in halves, one after the other.
  async #write(lane: Lane, batch: readonly Item[]): Promise<void> {
    const failed: Item[] = [];
    const failedKeys = new Set<string | null>();
    let retryAfterMs = 0;
    const parts = [batch];
    for (let part = parts.pop(); part !== undefined; part = parts.pop()) {
      const items = part.filter((item) => {
        // A delivery of its key failed in an earlier part.
        if (failedKeys.has(item.key)) failed.push(item);
        else return !this.#diverts(item);
        return false;
      });
      const left = await this.#writePart(lane, items, part === batch ? 0 : 1);
      if (left === null || this.#isOver) return;
      if (left.isSplit) {
        const middle = left.items.length >> 1;
        parts.push(left.items.slice(middle), left.items.slice(0, middle));
        continue;
      }
      for (const item of left.items) {
        failed.push(item);
        failedKeys.add(item.key);
      }
      retryAfterMs = Math.max(retryAfterMs, left.retryAfterMs);
    }
    this.#hold(lane, failed, retryAfterMs);
    lane.end(performance.now());
    this.#run(lane);
  }

  // Writes deliveries until something is known of each; `null` if the delivery ends.
  async #writePart(
    lane: Lane,
    items: readonly Item[],
    tried: number,
  ): Promise<Left | null> {
    const { writer } = this.#options;
    let rest = items;
    for (let attempt = tried; rest.length > 0; attempt++) {
      const written = await writer.write(rest, attempt);
      const verdict = writer.judge(rest, written);
      if (verdict === null) return null;
      if (verdict === SPLIT) {
        return { items: rest, isSplit: true, retryAfterMs: 0 };
      }
      this.#apply(verdict);
      rest = verdict.again;
      if (rest.length === 0) break;
      const { error, retryAfterMs } = verdict;
      const { failures } = rest[0]!;
      writer.note(rest, { error, attempts: failures, next: "retry" });
      if ("outcome" in written) {
        return { items: rest, isSplit: false, retryAfterMs };
      }
      // Nothing is known of the batch: the same one is written again.
      lane.isRetrying = true;
      await writer.rest(failures, retryAfterMs);
      if (this.#isOver) return null;
    }
    return { items: [], isSplit: false, retryAfterMs: 0 };
  }

  #apply({ done, refused, behind }: Verdict): void {
    const { writer, parking } = this.#options;
    writer.finish(done);
    for (const { item, error } of refused) parking.refuse(item, error);
    for (const item of behind) parking.follow(item);
  }

  #hold(lane: Lane, items: readonly Item[], retryAfterMs: number): void {
    const { settings: { retry } } = this.#options;
    const now = performance.now();
    const byKey = new Map<string, Item[]>();
    for (const item of items) {
      const key = item.key ?? "";
      const ofKey = byKey.get(key);
      if (ofKey === undefined) byKey.set(key, [item]);
      else ofKey.push(item);
    }
    for (const [key, ofKey] of byKey) {
      const delayMs = retryDelayMs(ofKey[0]!.failures, retry, Math.random());
      lane.hold(key, ofKey, now + Math.max(delayMs, retryAfterMs));
    }
  }
}

/** What is left of a batch that was written. */
interface Left {
  /** Those to try again, each key alone; or to split. */
  readonly items: readonly Item[];
  readonly isSplit: boolean;
  readonly retryAfterMs: number;
}

// FNV-1a.
function laneOf(key: string, lanes: number): number {
  if (lanes === 1) return 0;
  let hash = 0x811c9dc5;
  for (let i = 0; i < key.length; i++) {
    hash = Math.imul(hash ^ key.charCodeAt(i), 0x01000193);
  }
  return (hash >>> 0) % lanes;
}
