import { pause } from "../../pause.ts";
import type { FailedWrite } from "../options/deliver_options.ts";
import { DeliveryError, messageOf } from "../options/delivery_error.ts";
import { DestinationError, type WriteOutcome } from "../options/destination.ts";
import { Durations } from "./durations.ts";
import type { Item } from "./item.ts";
import type { Pending } from "./pending.ts";
import {
  judgeError,
  judgeOutcome,
  SPLIT,
  type Verdict,
} from "./judge_outcome.ts";
import { retryDelayMs } from "./retry_delay.ts";
import type { RouteSettings } from "../options/settings.ts";

/** What has happened so far. */
export interface WriterFigures {
  /** The number of durable deliveries. */
  delivered: number;
  /** The number of written batches, including repetitions. */
  batches: number;
  /** The number of batches that were written again, in whole or in part. */
  retries: number;
  /** The time that each write took. */
  readonly durations: Durations;
  /** The last failed write; `null` if none has failed. */
  lastFailure: LastFailure | null;
}

/** The last failed write. */
export interface LastFailure {
  /** The time, in milliseconds since 1970-01-01 UTC. */
  readonly time: number;
  /** The error. */
  readonly error: unknown;
  /** The id of the first delivery that failed. */
  readonly id: string;
  /** The key of the first delivery that failed. */
  readonly key: string | null;
  /** How often it was tried. */
  readonly attempts: number;
  /** What happens next: another attempt, the end of the delivery, or a dead letter. */
  readonly next: FailedWrite["next"];
}

type FailureCause = Pick<FailedWrite, "error" | "attempts" | "next">;

/** The parts of a {@linkcode Writer}. */
export interface WriterOptions {
  /** The route. */
  readonly settings: RouteSettings;
  /** The deliveries that are not durable yet. */
  readonly pending: Pending;
  /** Aborts everything. */
  readonly signal: AbortSignal;
  /** Called with each write that failed. */
  readonly onFailure: (failure: FailedWrite) => void;
  /** Called once with the error that ends the delivery. */
  readonly onEnd: (error: unknown) => void;
}

/** The result of a write: what the destination returned, or what it threw. */
export type Written =
  | { readonly outcome: WriteOutcome }
  | { readonly thrown: unknown };

/** The outcome of a delivery that was written alone, with as many attempts as needed. */
export type SingleOutcome =
  | { readonly kind: "done" | "over" }
  | { readonly kind: "refused"; readonly error: unknown };

/** Writes batches of one destination, makes them durable, and counts. */
export class Writer {
  /** What has happened so far. */
  readonly figures: WriterFigures = {
    delivered: 0,
    batches: 0,
    retries: 0,
    durations: new Durations(),
    lastFailure: null,
  };
  readonly #options: WriterOptions;
  #failed = false;
  // Written, but not flushed yet.
  #accepted: Item[] = [];
  #flushing = false;
  #open = 0;
  #whenQuiet: (() => void)[] = [];

  /** @param options The destination, and the callbacks. */
  constructor(options: WriterOptions) {
    this.#options = options;
  }

  /** Whether nothing more must be written. */
  get isOver(): boolean {
    return this.#failed || this.#options.signal.aborted;
  }

  /** Writes a batch once. */
  async write(batch: readonly Item[], attempt: number): Promise<Written> {
    const { settings: { destination }, signal } = this.#options;
    this.figures.batches++;
    if (attempt > 0) this.figures.retries++;
    this.#open++;
    const start = performance.now();
    try {
      return { outcome: await destination.write(batch, { attempt, signal }) };
    } catch (thrown) {
      return { thrown };
    } finally {
      this.figures.durations.add((performance.now() - start) / 1000);
      this.#open--;
      // Written deliveries are counted before the caller continues.
      if (this.#open === 0) queueMicrotask(() => this.#tellQuiet());
    }
  }

  /** Waits until nothing is being written or flushed. */
  quiet(): Promise<void> {
    return new Promise((resolve) => {
      this.#whenQuiet.push(resolve);
      queueMicrotask(() => this.#tellQuiet());
    });
  }

  #tellQuiet(): void {
    if (this.#open > 0 || this.#flushing) return;
    for (const resolve of this.#whenQuiet.splice(0)) resolve();
  }

  /**
   * Writes one delivery alone, until it is written or rejected.
   *
   * @returns `"over"` if the delivery ends before that.
   */
  async writeSingle(item: Item): Promise<SingleOutcome> {
    if (item.refusal !== null) return { kind: "refused", ...item.refusal };
    for (;;) {
      const verdict = this.judge(
        [item],
        await this.write([item], item.failures),
      );
      // A single one is never split.
      if (verdict === null || verdict === SPLIT || this.isOver) {
        return { kind: "over" };
      }
      if (verdict.done.length > 0) return { kind: "done" };
      const [refused] = verdict.refused;
      if (refused !== undefined) {
        return { kind: "refused", error: refused.error };
      }
      const { error, retryAfterMs } = verdict;
      this.note([item], { error, attempts: item.failures, next: "retry" });
      await this.rest(item.failures, retryAfterMs);
      if (this.isOver) return { kind: "over" };
    }
  }

  /**
   * Decides what to do after a batch was written.
   *
   * @returns What to do; `null` if the destination ended the delivery; `SPLIT` if it refused
   * one of several without saying which.
   */
  judge(
    batch: readonly Item[],
    written: Written,
  ): Verdict | typeof SPLIT | null {
    const { maxAttempts } = this.#options.settings;
    if ("outcome" in written) {
      return judgeOutcome(batch, written.outcome, maxAttempts);
    }
    // An error caused by the end of everything carries no information.
    if (this.isOver) return null;
    try {
      return judgeError(batch, written.thrown, maxAttempts);
    } catch (error) {
      this.note(batch, { error, attempts: 1, next: "stop" });
      this.fail(error);
      return null;
    }
  }

  /** Records written deliveries: they are done once they are durable. */
  finish(items: readonly Item[]): void {
    if (items.length === 0) return;
    if (this.#options.settings.destination.flush === undefined) {
      this.#release(items);
      return;
    }
    for (const item of items) this.#accepted.push(item);
    if (!this.#flushing) this.guard(this.#flush());
  }

  /** Removes deliveries that are done: written, or stored as dead letters. */
  remove(items: readonly Item[]): void {
    this.#options.pending.remove(items);
    for (const { unit } of items) unit.release();
  }

  #release(items: readonly Item[]): void {
    this.figures.delivered += items.length;
    this.remove(items);
  }

  async #flush(): Promise<void> {
    this.#flushing = true;
    let failures = 0;
    while (this.#accepted.length > 0 && !this.isOver) {
      const items = this.#accepted;
      this.#accepted = [];
      try {
        await this.#flushOnce(failures);
        this.#release(items);
        failures = 0;
      } catch (error) {
        this.#accepted = [...items, ...this.#accepted];
        failures++;
        await this.#afterFailedFlush(error, failures);
      }
    }
    this.#flushing = false;
    this.#tellQuiet();
  }

  /** Makes durable what was written without being recorded: replayed letters. */
  async flushAll(): Promise<void> {
    await this.#flushOnce(0);
  }

  async #flushOnce(attempt: number): Promise<void> {
    const { settings: { destination }, signal } = this.#options;
    await destination.flush?.({ attempt, signal });
  }

  async #afterFailedFlush(error: unknown, failures: number): Promise<void> {
    const { settings: { maxAttempts } } = this.#options;
    const isFinal = error instanceof DestinationError && !error.retryable;
    if (isFinal || failures >= maxAttempts) return this.fail(error);
    this.note(this.#accepted, { error, attempts: failures, next: "retry" });
    await this.rest(failures, 0);
  }

  /** Waits before a batch is retried. */
  async rest(failures: number, atLeastMs: number): Promise<void> {
    const { settings: { retry }, signal } = this.#options;
    const delayMs = retryDelayMs(failures, retry, Math.random());
    await pause(Math.max(delayMs, atLeastMs), signal);
  }

  /** Reports failed deliveries. */
  note(items: readonly Item[], why: FailureCause): void {
    const [first] = items;
    if (first !== undefined) this.#report(first, items.length, why);
  }

  /** Reports that the destination can't be opened yet. */
  noteOpening(error: unknown, attempts: number): void {
    this.#report({ id: "", key: null }, 0, { error, attempts, next: "retry" });
  }

  #report(
    { id, key }: Pick<Item, "id" | "key">,
    deliveries: number,
    why: FailureCause,
  ): void {
    this.figures.lastFailure = { time: Date.now(), id, key, ...why };
    const destination = this.#options.settings.destination.name;
    this.#options.onFailure({ destination, deliveries, id, key, ...why });
  }

  /**
   * Ends the delivery if a task fails, for example because a callback of the caller
   * throws.
   */
  guard(task: Promise<void>): void {
    task.catch((error) => this.fail(error));
  }

  /** Ends the delivery. */
  fail(error: unknown): void {
    if (this.isOver) return;
    this.#failed = true;
    const { name } = this.#options.settings.destination;
    const told = error instanceof DeliveryError ? error : new DeliveryError(
      `Cannot deliver to ${name} any more: ${messageOf(error)}`,
      { destination: name },
      { cause: error },
    );
    this.#options.pending.fail(told);
    this.#options.onEnd(told);
  }
}
