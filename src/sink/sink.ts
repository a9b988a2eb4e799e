import { pause } from "../pause.ts";
import { Intake } from "./intake.ts";
import type { Outlet } from "./outlet.ts";
import type { SinkReport } from "./report.ts";
import type {
  AcknowledgeableEvent,
  ReplicationEvent,
} from "../events/event.ts";

/** The parts of a {@linkcode Sink}. */
export interface SinkSource {
  /** Opens the events; called once the destinations are open. */
  readonly events: () => ReadableStream<
    ReplicationEvent | readonly ReplicationEvent[]
  >;
  /** Marks a unit as processed. */
  readonly acknowledge: (event: AcknowledgeableEvent) => void;
  /** Ends the subscription, after reporting everything acknowledged so far. */
  readonly close: () => Promise<void>;
  /** Creates the outlets. */
  readonly outlets: (options: OutletWiring) => readonly Outlet[];
  /** How long `close()` waits for deliveries in progress, in milliseconds. */
  readonly drainMs: number;
}

/** The parts that all outlets share. */
export interface OutletWiring {
  /** Aborts everything. */
  readonly signal: AbortSignal;
  /** Called with the error that ends the delivery. */
  readonly onEnd: (error: unknown) => void;
}

/**
 * A running delivery. Created by {@linkcode deliver}.
 *
 * @example
 * ```ts
 * import type { Sink } from "@walbrook/walbrook/sink";
 *
 * async function runUntilSignal(sink: Sink): Promise<void> {
 *   const report = setInterval(() => console.log(sink.report()), 10_000);
 *   Deno.addSignalListener("SIGTERM", () => sink.close());
 *   await sink.done.finally(() => clearInterval(report));
 * }
 * console.log(runUntilSignal.name);
 * ```
 */
export class Sink implements AsyncDisposable {
  readonly #done: Promise<void>;
  #isWatched = false;
  readonly #source: SinkSource;
  readonly #outlets: readonly Outlet[];
  readonly #abort = new AbortController();
  readonly #intake: Intake;
  #reader:
    | ReadableStreamDefaultReader<
      ReplicationEvent | readonly ReplicationEvent[]
    >
    | null = null;
  #failure: { readonly error: unknown } | null = null;
  #state: SinkReport["state"] = "delivering";
  #acknowledged = 0;
  #closing: Promise<void> | null = null;
  #isClosing = false;
  #isOpen = false;
  #wakeUp: () => void = () => {};

  /**
   * Created by {@linkcode deliver}.
   *
   * @param source The stream and the destinations.
   * @ignore
   */
  constructor(source: SinkSource) {
    this.#source = source;
    this.#outlets = source.outlets({
      signal: this.#abort.signal,
      onEnd: (error) => this.#fail(error),
    });
    this.#intake = new Intake({
      outlets: this.#outlets,
      acknowledge: (event) => {
        this.#acknowledged++;
        source.acknowledge(event);
      },
    });
    this.#done = this.#run();
  }

  /**
   * Settles at the end: resolves when the stream has ended and all of it is durable and
   * acknowledged, or after `close()`; otherwise rejects with the error that ended it.
   */
  get done(): Promise<void> {
    this.#isWatched = true;
    return this.#done;
  }

  /** Returns the state: what is pending and parked, and the last failure, by destination. */
  report(): SinkReport {
    return {
      state: this.#state,
      acknowledged: this.#acknowledged,
      destinations: this.#outlets.map((outlet) => outlet.report()),
    };
  }

  /**
   * Resumes the delivery of a key, without its dead letters, which are deleted from their
   * store.
   *
   * @param key The key, as in a dead letter or the report.
   * @param destination The destination's name, to address only one of several.
   * @returns Whether the key was parked.
   */
  async release(key: string, destination?: string): Promise<boolean> {
    const outlets = this.#outletsOf(destination);
    const released = await Promise.all(
      outlets.map((outlet) => outlet.release(key)),
    );
    return released.includes(true);
  }

  /**
   * Delivers the dead letters of a key in order, and resumes the delivery of the key.
   *
   * @param key The key, as in a dead letter or the report.
   * @param destination The destination's name, to address only one of several.
   * @returns The number of delivered letters.
   * @throws {DeliveryError} If one is rejected again: the key stays parked, with its letters.
   */
  async replay(key: string, destination?: string): Promise<number> {
    let replayed = 0;
    for (const outlet of this.#outletsOf(destination)) {
      replayed += await outlet.replay(key);
    }
    return replayed;
  }

  /**
   * Ends the delivery: stops taking events, waits up to `drainMs` for deliveries in progress,
   * and closes the subscription. Whatever is not durable by then stays unacknowledged, and is
   * delivered again next time. Safe to call repeatedly.
   *
   * @throws {DeliveryError} If the delivery has failed and `done` was never accessed.
   */
  async close(): Promise<void> {
    this.#closing ??= this.#shutDown();
    await this.#closing;
    if (this.#isWatched) await this.#done.catch(() => {});
    else await this.#done;
  }

  /** Closes the sink: {@linkcode Sink.close} for `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #outletsOf(destination: string | undefined): readonly Outlet[] {
    return destination === undefined
      ? this.#outlets
      : this.#outlets.filter(({ name }) => name === destination);
  }

  async #run(): Promise<void> {
    try {
      await this.#untilOver(this.#open());
      if (!this.#isClosing) await this.#takeAll();
      if (!this.#isClosing) await this.#drain();
    } catch (error) {
      this.#fail(error);
    }
    if (this.#isClosing && this.#failure === null) await this.#closing;
    await this.#end();
    if (this.#failure === null) return;
    throw this.#failure.error;
  }

  async #open(): Promise<void> {
    for (const outlet of this.#outlets) await outlet.open();
    this.#isOpen = true;
  }

  async #takeAll(): Promise<void> {
    const reader = this.#reader = this.#source.events().getReader();
    while (!this.#isOver) {
      const { done, value } = await reader.read().catch((error) => {
        // The lock was released, which ends the read.
        if (this.#isOver) return END;
        throw error;
      });
      if (done || this.#isOver) return;
      await this.#takeBatch(isBatch(value) ? value : [value]);
    }
  }

  async #takeBatch(events: readonly ReplicationEvent[]): Promise<void> {
    const now = performance.now();
    for (let i = 0; i < events.length; i++) {
      const wait = this.#intake.take(events[i]!, now);
      if (wait === null) continue;
      await this.#untilOver(wait);
      if (this.#isOver) return;
    }
    for (const outlet of this.#outlets) outlet.kick();
  }

  // Waits, but no longer than events are read.
  #untilOver(wait: Promise<void>): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#wakeUp = resolve;
      wait.then(resolve, reject);
    });
  }

  get #isOver(): boolean {
    return this.#isClosing || this.#failure !== null;
  }

  async #drain(): Promise<void> {
    this.#state = "draining";
    await Promise.all(this.#outlets.map((outlet) => outlet.drain()));
  }

  #fail(error: unknown): void {
    if (this.#failure !== null) return;
    this.#failure = { error };
    this.#stopTaking();
  }

  #stopTaking(): void {
    this.#wakeUp();
    // A pending read ends with it. The subscription is closed later, after the
    // acknowledgements.
    this.#reader?.releaseLock();
  }

  async #shutDown(): Promise<void> {
    this.#isClosing = true;
    this.#stopTaking();
    // Nothing is on its way yet.
    if (!this.#isOpen) this.#abort.abort();
    if (this.#failure !== null) return;
    await this.#within(this.#drain().catch((error) => this.#fail(error)));
  }

  async #quiet(): Promise<void> {
    await Promise.all(this.#outlets.map((outlet) => outlet.quiet()));
  }

  // Waits for something, but no longer than for deliveries in progress.
  async #within(task: Promise<void>): Promise<void> {
    const over = new AbortController();
    await Promise.race([task, pause(this.#source.drainMs, over.signal)]);
    over.abort();
  }

  async #end(): Promise<void> {
    for (const outlet of this.#outlets) outlet.stop();
    // Batches in progress when something else fails may still become durable.
    if (this.#failure !== null) await this.#within(this.#quiet());
    this.#abort.abort();
    this.#reader?.releaseLock();
    await Promise.allSettled([
      // A stream that has ended waits for acknowledgements: it is not cancelled.
      this.#source.events().cancel(this.#failure?.error),
      this.#source.close(),
      ...this.#outlets.map((outlet) => outlet.close()),
    ]);
    this.#state = this.#failure === null ? "closed" : "failed";
  }
}

const END = { done: true, value: undefined } as const;

function isBatch(
  value: ReplicationEvent | readonly ReplicationEvent[],
): value is readonly ReplicationEvent[] {
  return Array.isArray(value);
}
