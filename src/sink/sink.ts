import { Intake } from "./intake.ts";
import type { Outlet } from "./outlet.ts";
import { pause } from "./lanes/retry_delay.ts";
import type { SinkReport } from "./report.ts";
import type {
  AcknowledgeableEvent,
  ReplicationEvent,
} from "../events/event.ts";

/** What a {@linkcode Sink} is wired to. */
export interface SinkSource {
  /** Takes the events; called once the destinations are open. */
  readonly events: () => ReadableStream<
    ReplicationEvent | readonly ReplicationEvent[]
  >;
  /** Says that a unit is done. */
  readonly acknowledge: (event: AcknowledgeableEvent) => void;
  /** Ends the subscription, with everything acknowledged so far. */
  readonly close: () => Promise<void>;
  /** Makes the ways to the destinations. */
  readonly outlets: (options: OutletWiring) => readonly Outlet[];
  /** How long `close()` waits for what is on its way. */
  readonly drainMs: number;
}

/** What the ways to destinations have in common. */
export interface OutletWiring {
  /** Ends everything at once. */
  readonly signal: AbortSignal;
  /** Told of what ends the delivery. */
  readonly onEnd: (error: unknown) => void;
}

/**
 * A delivery that runs. Made by {@linkcode deliver}.
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
  #wakeUp: () => void = () => {};

  /**
   * Made by {@linkcode deliver}.
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
   * Settles at the end: resolves when the stream has ended and everything of it is durable
   * and acknowledged, or after `close()`; rejects with what ended it otherwise.
   */
  get done(): Promise<void> {
    this.#isWatched = true;
    return this.#done;
  }

  /** Where it is: what is pending, parked, and failed last, for each destination. */
  report(): SinkReport {
    return {
      state: this.#state,
      acknowledged: this.#acknowledged,
      destinations: this.#outlets.map((outlet) => outlet.report()),
    };
  }

  /**
   * Lets the changes of a key through again, without its dead letters, which are released
   * from their store.
   *
   * @param key The key, as a dead letter or the report has it.
   * @param destination The destination's name, where only one of several is meant.
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
   * Delivers the dead letters of a key, in order, and lets the key through again.
   *
   * @param key The key, as a dead letter or the report has it.
   * @param destination The destination's name, where only one of several is meant.
   * @returns How many letters were delivered.
   * @throws {DeliveryError} If one is refused again: the key and its letters stay.
   */
  async replay(key: string, destination?: string): Promise<number> {
    let replayed = 0;
    for (const outlet of this.#outletsOf(destination)) {
      replayed += await outlet.replay(key);
    }
    return replayed;
  }

  /**
   * Ends the delivery: takes no more events, waits for what is on its way, for as long as
   * `drainMs` says, and closes the subscription. What is not durable by then stays
   * unacknowledged, and comes again the next time. Safe to call more than once.
   *
   * @throws {DeliveryError} If the delivery has failed and nobody asked for `done`.
   */
  async close(): Promise<void> {
    this.#closing ??= this.#shutDown();
    await this.#closing;
    if (this.#isWatched) await this.#done.catch(() => {});
    else await this.#done;
  }

  /** The same as {@linkcode Sink.close}, for `await using`. */
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
      for (const outlet of this.#outlets) await outlet.open();
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

  // Waits, but no longer than events are taken.
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
    // A read that waits ends with it. The subscription is closed later, once it has been
    // told what is done.
    this.#reader?.releaseLock();
  }

  async #shutDown(): Promise<void> {
    this.#isClosing = true;
    this.#stopTaking();
    if (this.#failure !== null) return;
    await this.#within(this.#drain().catch((error) => this.#fail(error)));
  }

  async #quiet(): Promise<void> {
    await Promise.all(this.#outlets.map((outlet) => outlet.quiet()));
  }

  // Waits for something, but no longer than for what is on its way.
  async #within(task: Promise<void>): Promise<void> {
    const over = new AbortController();
    await Promise.race([task, pause(this.#source.drainMs, over.signal)]);
    over.abort();
  }

  async #end(): Promise<void> {
    for (const outlet of this.#outlets) outlet.stop();
    // What is being written when something else fails may still become durable.
    if (this.#failure !== null) await this.#within(this.#quiet());
    this.#abort.abort();
    this.#reader?.releaseLock();
    await Promise.allSettled([
      // A stream that has ended waits for what is not acknowledged: it is not cancelled.
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
