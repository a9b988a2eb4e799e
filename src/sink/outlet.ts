import { DestinationError, type OpenContext } from "./options/destination.ts";
import type { ReplicationEvent } from "../events/event.ts";
import type { GapEvent } from "../events/gap.ts";
import type { DeadLetter } from "./options/dead_letter.ts";
import type { DeliveredEvent } from "./options/deliverable.ts";
import type { FailedWrite } from "./options/deliver_options.ts";
import { DeliveryError } from "./options/delivery_error.ts";
import type { Item } from "./lanes/item.ts";
import { LaneScheduler } from "./lanes/lane_scheduler.ts";
import { Parking } from "./lanes/parking.ts";
import { Pending } from "./lanes/pending.ts";
import { makeItem } from "./make_item.ts";
import { type DestinationReport, reportOf } from "./report.ts";
import {
  earlier,
  type Scheduler,
  type SchedulerOptions,
} from "./lanes/scheduler.ts";
import { SequenceScheduler } from "./lanes/sequence_scheduler.ts";
import type { RouteSettings } from "./options/settings.ts";
import { TransactionScheduler } from "./lanes/transaction_scheduler.ts";
import { Unit } from "./lanes/unit.ts";
import { Writer } from "./lanes/writer.ts";

/** The parts of an {@linkcode Outlet}. */
export interface OutletOptions {
  /** The route. */
  readonly settings: RouteSettings;
  /** Aborts everything. */
  readonly signal: AbortSignal;
  /** The origin of the events, for the destination. */
  readonly opening: Omit<OpenContext, "signal">;
  /** Called with each write that failed. */
  readonly onFailure: (failure: FailedWrite) => void;
  /** Called once with the error that ends the delivery. */
  readonly onEnd: (error: unknown) => void;
}

/** The path to one destination: what waits for it, and in which order. */
export class Outlet {
  readonly #settings: RouteSettings;
  readonly #signal: AbortSignal;
  readonly #opening: OutletOptions["opening"];
  readonly #pending: Pending;
  readonly #writer: Writer;
  readonly #parking: Parking;
  readonly #scheduler: Scheduler;
  readonly #inOrder: boolean;
  #barriers = 0;

  /** @param options The route, and the callbacks. */
  constructor(options: OutletOptions) {
    const { settings, signal, onFailure, onEnd } = options;
    this.#settings = settings;
    this.#signal = signal;
    this.#opening = options.opening;
    const pending = this.#pending = new Pending(settings.pending);
    const writer = new Writer({ settings, pending, signal, onFailure, onEnd });
    const itemOf = (letter: DeadLetter) => this.#itemOf(letter);
    const parking = new Parking({ settings, writer, itemOf });
    this.#writer = writer;
    this.#parking = parking;
    this.#scheduler = schedulerFor({ settings, writer, parking });
    this.#inOrder = (settings.destination.order ?? "key") !== "key";
  }

  /** The destination's name. */
  get name(): string {
    return this.#settings.destination.name;
  }

  /** Prepares the destination, and finds the keys that earlier runs parked. */
  async open(): Promise<void> {
    for (let failures = 1; !await this.#tryToOpen(failures); failures++) {
      await this.#writer.rest(failures, 0);
      if (this.#signal.aborted) return;
    }
    await this.#parking.open();
  }

  // Whether it is open, or no longer needs to be.
  async #tryToOpen(failures: number): Promise<boolean> {
    const { destination, retriesFirst } = this.#settings;
    try {
      await destination.open?.({ signal: this.#signal, ...this.#opening });
      return true;
    } catch (error) {
      if (this.#signal.aborted) return true;
      const isFinal = error instanceof DestinationError && !error.retryable;
      if (isFinal || !retriesFirst) throw error;
      this.#writer.noteOpening(error, failures);
      return false;
    }
  }

  /**
   * Takes the next event.
   *
   * @param event The event.
   * @param unit The unit with which it is acknowledged.
   * @param now The time, by `performance.now()`.
   * @returns A promise if the caller must wait for it before passing the next event.
   */
  take(event: ReplicationEvent, unit: Unit, now: number): Promise<void> | null {
    const staged = this.#stage(event);
    if (staged === null) return null;
    if (!this.#settings.accepts.has(staged.kind as DeliveredEvent["kind"])) {
      const isChange = staged.kind === "relation" && staged.previous !== null;
      return isChange && !this.#inOrder ? this.#drain() : null;
    }
    const item = makeItem(staged as DeliveredEvent, {
      settings: this.#settings,
      unit,
      since: now,
    });
    unit.add();
    this.#pending.add(item);
    if (!this.#inOrder && isExclusive(item)) return this.#writeAlone(item);
    this.#scheduler.push(item);
    if (!this.#pending.isFull) return null;
    this.#scheduler.kick();
    return this.#pending.room();
  }

  #stage(event: ReplicationEvent): ReplicationEvent | null {
    const { stages } = this.#settings;
    if (stages.length === 0) return event;
    let staged: ReplicationEvent | null = event;
    for (const stage of stages) {
      if (staged === null) return null;
      staged = stage.apply(staged);
    }
    return staged;
  }

  // A letter is delivered again, in its current form.
  #itemOf({ event }: DeadLetter): Item {
    return makeItem(event as DeliveredEvent, {
      settings: this.#settings,
      unit: new Unit(),
      since: performance.now(),
    });
  }

  async #writeAlone(item: Item): Promise<void> {
    this.#barriers++;
    // The delivery itself is pending, too.
    await this.#drain(1);
    if (this.#parking.holds(item)) {
      this.#parking.follow(item);
      return;
    }
    const outcome = await this.#writer.writeSingle(item);
    if (outcome.kind === "refused") this.#parking.refuse(item, outcome.error);
    if (outcome.kind !== "done") return;
    this.#writer.finish([item]);
    await this.#pending.atMost(0);
  }

  async #drain(left = 0): Promise<void> {
    if (this.#pending.items <= left) return;
    this.#scheduler.startPartial();
    try {
      await this.#pending.atMost(left);
    } finally {
      this.#scheduler.resume();
    }
  }

  /** Starts what can be started: no more events arrive for the moment. */
  kick(): void {
    this.#scheduler.kick();
  }

  /** Waits until everything that can become durable is. */
  async drain(): Promise<void> {
    if (this.#scheduler instanceof TransactionScheduler) {
      await this.#drainWhole(this.#scheduler);
    } else await this.#drain();
  }

  // The beginning of a transaction whose end has not arrived stays queued.
  async #drainWhole(scheduler: TransactionScheduler): Promise<void> {
    scheduler.startPartial();
    this.#pending.remove(scheduler.takeIncomplete());
    await this.#pending.atMost(0);
  }

  /** Reports lost changes to the destination, once everything before them is durable. */
  async gap(gap: GapEvent): Promise<void> {
    await this.drain();
    const { destination } = this.#settings;
    if (destination.gap !== undefined) return await destination.gap(gap);
    throw new DeliveryError(
      `Cannot deliver to ${destination.name} after a gap, which it does not handle: ${gap.message}`,
      { destination: destination.name },
    );
  }

  /** Starts nothing from now on. */
  stop(): void {
    this.#scheduler.stop();
  }

  /** Waits until nothing is being written. */
  quiet(): Promise<void> {
    return this.#writer.quiet();
  }

  /** Lets the destination release its resources. */
  async close(): Promise<void> {
    await this.#settings.destination.close?.();
  }

  /** Resumes the delivery of a key, without its letters. */
  release(key: string): Promise<boolean> {
    return this.#parking.release(key);
  }

  /** Delivers the letters of a key, and resumes the delivery of the key. */
  replay(key: string): Promise<number> {
    return this.#parking.replay(key);
  }

  /** Returns what is pending and parked, and the last failure. */
  report(): DestinationReport {
    return reportOf({
      name: this.name,
      pending: this.#pending,
      figures: this.#writer.figures,
      parking: this.#parking,
      barriers: this.#barriers,
      lanes: this.#scheduler.lanes(),
      oldest: earlier(this.#scheduler.oldest(), this.#parking.since),
    });
  }
}

function schedulerFor(
  options: SchedulerOptions,
): Scheduler {
  switch (options.settings.destination.order) {
    case "all":
      return new SequenceScheduler(options);
    case "transaction":
      return new TransactionScheduler(options);
    default:
      return new LaneScheduler(options);
  }
}

// Affects more than the row of one key: everything before it must be done, and nothing after
// it started.
function isExclusive({ key, previousKey }: Item): boolean {
  return key === null || previousKey !== null;
}
