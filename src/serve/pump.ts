import { acknowledgedBy } from "../events/acknowledged_by.ts";
import type {
  AcknowledgeableEvent,
  ReplicationEvent,
} from "../events/event.ts";
import type { Subscription } from "../subscription/views/subscription.ts";

/**
 * Reads the events of a subscription, shows them to an observer, and passes on those that it
 * returns.
 */
export class Pump {
  /** The remaining events, for a sink. The subscription is read only on demand. */
  readonly events: ReadableStream<readonly ReplicationEvent[]>;
  readonly #subscription: Subscription;
  readonly #observe: (
    events: readonly ReplicationEvent[],
  ) => readonly ReplicationEvent[];
  // Since when the reader has not asked for more events.
  #busySince: number | null = null;
  #reader:
    | ReadableStreamDefaultReader<readonly ReplicationEvent[]>
    | null = null;

  /**
   * @param subscription The source of the events.
   * @param observe Observes the events, and returns those to pass on.
   */
  constructor(
    subscription: Subscription,
    observe: (
      events: readonly ReplicationEvent[],
    ) => readonly ReplicationEvent[],
  ) {
    this.#subscription = subscription;
    this.#observe = observe;
    this.events = new ReadableStream({
      pull: async (controller) => {
        const events = await this.#next();
        if (events === null) controller.close();
        else controller.enqueue(events);
      },
      cancel: (reason) => this.#reader?.cancel(reason),
    }, { highWaterMark: 0 });
  }

  /** Reads all events, and acknowledges them. */
  async drain(): Promise<void> {
    const isManual = this.#subscription.acknowledgement === "manual";
    for (;;) {
      const events = await this.#next();
      if (events === null) return;
      if (!isManual) continue;
      for (const event of events) {
        if (acknowledgedBy(event as AcknowledgeableEvent) === null) continue;
        this.#subscription.acknowledge(event as AcknowledgeableEvent);
      }
    }
  }

  /**
   * How long the reader has not asked for more events, in milliseconds; `null` while it waits
   * for some.
   */
  get busyMs(): number | null {
    return this.#busySince === null
      ? null
      : performance.now() - this.#busySince;
  }

  async #next(): Promise<readonly ReplicationEvent[] | null> {
    this.#busySince = null;
    this.#reader ??= this.#subscription.batches.getReader();
    for (;;) {
      const { done, value } = await this.#reader.read();
      if (done) return null;
      const rest = this.#observe(value);
      if (rest.length === 0) continue;
      this.#busySince = performance.now();
      return rest;
    }
  }
}
