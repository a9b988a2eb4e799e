import type { ReplicationEvent } from "../../events/event.ts";
import { EventIterator, type EventSupply } from "./event_iterator.ts";
import { pulledBy } from "./lazy_stream.ts";
import type { SubscriptionSource } from "./subscription_source.ts";

/**
 * A stream of single events. `for await` takes events that have already arrived directly: the
 * platform's path, through a queue and a pull per transaction, takes several times as long.
 */
export class EventStream extends ReadableStream<ReplicationEvent> {
  readonly #supply: EventSupply;

  /**
   * @param source Delivers the events.
   * @param claim Called before the first read. Throws if the events are already read in
   * another way.
   */
  constructor(source: SubscriptionSource, claim: () => void) {
    const events = new EventIterator(source);
    const supply = { events, iterated: false, drained: false };
    const { pull, cancel } = pulledBy<ReplicationEvent>(
      source,
      claim,
      ({ pullEvents }) => pullEvents(supply),
    );
    super({
      pull(controller) {
        // A pending read means that the queue is empty.
        supply.drained = supply.iterated;
        return pull(controller);
      },
      cancel,
    }, { highWaterMark: 0 });
    this.#supply = supply;
  }

  override values(
    options?: { readonly preventCancel?: boolean },
  ): EventStreamIterator {
    return new EventStreamIterator(
      this.getReader(),
      this.#supply,
      // Like the platform's own, it accepts null as the options.
      Boolean(options?.preventCancel),
    );
  }

  override [Symbol.asyncIterator](
    options?: { readonly preventCancel?: boolean },
  ): EventStreamIterator {
    return this.values(options);
  }
}

type Answer = IteratorResult<ReplicationEvent>;

/**
 * Takes events directly if they have arrived, and reads the stream for those that have not.
 */
class EventStreamIterator
  implements AsyncIterableIterator<ReplicationEvent>, AsyncDisposable {
  readonly #reader: ReadableStreamDefaultReader<ReplicationEvent>;
  readonly #supply: EventSupply;
  readonly #preventCancel: boolean;
  // The last pending read.
  #reading: Promise<Answer> | null = null;
  #over = false;

  constructor(
    reader: ReadableStreamDefaultReader<ReplicationEvent>,
    supply: EventSupply,
    preventCancel: boolean,
  ) {
    this.#reader = reader;
    this.#supply = supply;
    this.#preventCancel = preventCancel;
    supply.iterated = true;
  }

  next(): Promise<Answer> {
    if (this.#over) return Promise.resolve({ done: true, value: undefined });
    const { drained, events } = this.#supply;
    const isNext = drained && this.#reading === null;
    const event = isNext ? events.take() : undefined;
    return event === undefined
      ? this.#read()
      : Promise.resolve({ done: false, value: event });
  }

  async return(value?: unknown): Promise<Answer> {
    if (!this.#over) {
      this.#over = true;
      if (this.#preventCancel) await this.#reading?.catch(() => {});
      const cancelled = this.#preventCancel || this.#reader.cancel(value);
      this.#release();
      await cancelled;
    }
    return { done: true, value };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }

  #read(): Promise<Answer> {
    const reading = this.#reader.read() as Promise<Answer>;
    this.#reading = reading;
    reading.then(({ done }) => {
      if (this.#reading === reading) this.#reading = null;
      if (done) this.#release();
    }, () => this.#release());
    return reading;
  }

  // Like the platform's own, the stream is unlocked at the end.
  #release(): void {
    this.#over = true;
    this.#supply.iterated = false;
    this.#reader.releaseLock();
  }
}
