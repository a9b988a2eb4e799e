import { DeliveryError, messageOf } from "../options/delivery_error.ts";
import type { Item } from "./item.ts";
import type { LaneState } from "./lane_state.ts";
import { SPLIT } from "./judge_outcome.ts";
import { Linger } from "./linger.ts";
import { Queue } from "./queue.ts";
import { earlier, type Scheduler, type SchedulerOptions } from "./scheduler.ts";
import type { Written } from "./writer.ts";

/**
 * Writes whole transactions, as many as fit into a batch, or parts of a larger one. It is for
 * destinations that run each batch in a transaction of their own.
 */
export class TransactionScheduler implements Scheduler {
  readonly #options: SchedulerOptions;
  readonly #queue = new Queue();
  readonly #linger: Linger;
  // The written part of a transaction whose end has not been written: it is written again if
  // a later part fails. `null` if it is too large to keep.
  #written: Item[] | null = [];
  #open: readonly Item[] = [];
  #isBusy = false;
  #isRetrying = false;
  #isStopped = false;

  /** @param options The route, and its parts. */
  constructor(options: SchedulerOptions) {
    this.#options = options;
    this.#linger = new Linger(options.settings);
  }

  push(item: Item): void {
    this.#queue.push(item);
    if (this.#queue.length >= this.#options.settings.limits.items) this.kick();
  }

  kick(): void {
    if (this.#isBusy || this.#isOver) return;
    if (!this.#linger.isOver(this.#queue, performance.now())) {
      return this.#linger.wait(this.#queue, () => this.kick());
    }
    const { limits } = this.#options.settings;
    const batch = this.#queue.takeWhole(limits, (item) => item.endsUnit);
    if (batch.length > 0) this.#options.writer.guard(this.#write(batch));
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
    return earlier(this.#open[0]?.since, this.#queue.since);
  }

  lanes(): LaneState[] {
    if (!this.#isBusy) return ["idle"];
    return [this.#isRetrying ? "retrying" : "writing"];
  }

  /** Takes the waiting part of a transaction whose end has not arrived. */
  takeIncomplete(): Item[] {
    return this.#queue.takeIncomplete((item) => item.endsUnit);
  }

  get #isOver(): boolean {
    return this.#isStopped || this.#options.writer.isOver;
  }

  async #write(batch: readonly Item[]): Promise<void> {
    this.#isBusy = true;
    this.#open = batch;
    if (!await this.#writeSurely(batch)) return;
    this.#open = [];
    this.#isBusy = false;
    if (batch.at(-1)!.endsUnit) this.#written = [];
    else this.#keep(batch);
    this.#options.writer.finish(batch);
    this.kick();
  }

  // The written part of a transaction counts as done except for its end, with which it
  // becomes durable. A copy is kept as long as it is not too large.
  #keep(batch: readonly Item[]): void {
    const { items, bytes } = this.#options.settings.pending;
    const all = this.#written === null ? null : [...this.#written, ...batch];
    const size = all?.reduce((sum, item) => sum + item.bytes, 0) ?? 0;
    this.#written = all && all.length <= items && size <= bytes ? all : null;
  }

  async #writeSurely(batch: readonly Item[]): Promise<boolean> {
    const { writer } = this.#options;
    for (let failures = 0;;) {
      const again = failures > 0 ? this.#written ?? [] : [];
      const all = [...again, ...batch];
      this.#isRetrying = failures > 0;
      const written = await writer.write(all, failures);
      const verdict = writer.judge(all, written);
      if (verdict === SPLIT) return this.#end(all, written);
      if (verdict === null || this.#isEnded(verdict.refused)) return false;
      if (verdict.again.length === 0) return true;
      failures++;
      const { error, retryAfterMs } = verdict;
      writer.note(all, { error, attempts: failures, next: "retry" });
      if (!this.#canRepeat(batch, error)) return false;
      this.#isRetrying = true;
      await writer.rest(failures, retryAfterMs);
      if (this.#isOver) return false;
    }
  }

  // A part of a transaction can't be left out.
  #end(batch: readonly Item[], written: Written): false {
    const { writer } = this.#options;
    const error = "thrown" in written ? written.thrown : undefined;
    writer.note(batch, { error, attempts: 1, next: "stop" });
    writer.fail(error);
    return false;
  }

  #isEnded(
    refused: readonly { readonly item: Item; readonly error: unknown }[],
  ): boolean {
    const [first] = refused;
    if (first === undefined) return false;
    this.#options.parking.refuse(first.item, first.error);
    return true;
  }

  #canRepeat(batch: readonly Item[], error: unknown): boolean {
    if (this.#written !== null) return true;
    const { writer, settings: { destination: { name } } } = this.#options;
    writer.fail(
      new DeliveryError(
        `Cannot repeat a partly written transaction for ${name}, which exceeds the limits of "pending": ${
          messageOf(error)
        }; start again, or raise "pending"`,
        { destination: name, delivery: batch[0]! },
        { cause: error },
      ),
    );
    return false;
  }
}
