import type { SystemIdentity } from "../../preflight/checkpoint.ts";
import type {
  AcknowledgeableEvent,
  ReplicationEvent,
} from "../../events/event.ts";
import { EventStream } from "./event_stream.ts";
import type { SubscriptionStatus } from "./status.ts";
import type {
  SubscriptionProgress,
  SubscriptionSource,
} from "./subscription_source.ts";
import type { TransactionsOptions, WholeTransaction } from "./transaction.ts";
import { acknowledgedBy } from "../../events/acknowledged_by.ts";
import { EventIterator } from "./event_iterator.ts";
import { streamOf } from "./lazy_stream.ts";

/**
 * A running subscription: a stream of events, seen in one of four ways.
 *
 * - `for await (const event of subscription)`: the simplest, and the one that tells
 *   best what has been consumed;
 * - {@linkcode Subscription.readable}: to pipe events through other streams;
 * - {@linkcode Subscription.transactions}: transaction by transaction;
 * - {@linkcode Subscription.batches}: the fastest.
 *
 * Like the body of a `Response`, only one of them can be read: the first one that is read
 * from. Made by {@linkcode subscribe}.
 */
export class Subscription implements AsyncIterable<ReplicationEvent> {
  readonly #source: SubscriptionSource;
  #view: View | null = null;
  #readable: ReadableStream<ReplicationEvent> | undefined;
  #batches: ReadableStream<readonly ReplicationEvent[]> | undefined;

  /**
   * Made by {@linkcode subscribe}.
   *
   * @param source What delivers the events.
   * @ignore
   */
  constructor(source: SubscriptionSource) {
    this.#source = source;
  }

  /** Where the subscription is. */
  get progress(): SubscriptionProgress {
    return this.#source.progress();
  }

  /** Every ParameterStatus that the server sent at login, `server_version` for one. */
  get parameters(): ReadonlyMap<string, string> {
    return this.#source.parameters;
  }

  /**
   * The walsender's process id, as `pg_stat_replication.pid` has it; of the last one,
   * where there is none at the moment.
   */
  get processId(): number {
    return this.#source.processId;
  }

  /** Which server it follows: what a {@linkcode Checkpoint} holds besides the position. */
  get system(): SystemIdentity {
    return this.#source.system;
  }

  /** What the subscription is doing: streaming, connecting again, or closed. */
  get status(): SubscriptionStatus {
    return this.#source.status();
  }

  /** When a transaction counts as done: the option `acknowledge` that it was made with. */
  get acknowledgement(): "consumed" | "manual" {
    return this.#source.mode;
  }

  /**
   * The events, one by one. Nothing is read ahead: a transaction counts as consumed
   * when the next event after its `commit` is asked for. A pipe asks early, to fill its
   * queues; behind one, acknowledge by hand.
   *
   * Cancelling it closes the subscription. A read rejects with a `TypeError` if the events
   * are read in another way already.
   */
  get readable(): ReadableStream<ReplicationEvent> {
    this.#readable ??= new EventStream(this.#source, this.#claim("readable"));
    return this.#readable;
  }

  /**
   * The events in the batches in which they arrive, of at least one. A transaction
   * counts as consumed when the batch after the one that holds its `commit` is asked
   * for.
   *
   * Cancelling it closes the subscription. A read rejects with a `TypeError` if the events
   * are read in another way already.
   */
  get batches(): ReadableStream<readonly ReplicationEvent[]> {
    this.#batches ??= streamOf(
      this.#source,
      this.#claim("batches"),
      ({ pullBatches }) => pullBatches(this.#source),
    );
    return this.#batches;
  }

  /**
   * The events gathered into whole transactions. One counts as consumed when the next is
   * asked for. Transactions are held in memory: there are limits on their size.
   *
   * Cancelling it closes the subscription. A read rejects with a `TypeError` if the events
   * are read in another way already.
   *
   * @param options The limits.
   */
  transactions(
    options: TransactionsOptions = {},
  ): ReadableStream<WholeTransaction> {
    const acknowledge = (event: AcknowledgeableEvent) =>
      this.acknowledge(event);
    return streamOf(
      this.#source,
      this.#claim("transactions"),
      ({ pullTransactions }) =>
        pullTransactions(this.#source, { ...options, acknowledge }),
    );
  }

  /**
   * Says that a transaction is done, so that the server may forget it. They can be
   * acknowledged in any order: the server is told the position below which all are done.
   *
   * A message outside of any transaction needs none, unless the subscription was made with
   * `acknowledgeMessages: true`.
   *
   * @param event The transaction's `commit` (or `prepare`), or an event outside of any
   * transaction.
   * @throws {TypeError} If it is another event, or the subscription was not made with
   * `acknowledge: "manual"`.
   */
  acknowledge(event: AcknowledgeableEvent): void {
    if (this.#source.mode !== "manual") {
      throw new TypeError(
        'Cannot acknowledge an event: the subscription does so by itself; subscribe with acknowledge: "manual"',
      );
    }
    const position = acknowledgedBy(event);
    if (position === null) {
      throw new TypeError(
        `Cannot acknowledge ${
          event?.kind === "message"
            ? "a message within a transaction"
            : `an event of kind "${event?.kind}"`
        }: transactions are acknowledged as a whole, by their "commit" event`,
      );
    }
    this.#source.acknowledge(position);
  }

  /**
   * The events, one by one; see {@linkcode Subscription.readable}.
   *
   * @throws {TypeError} If the events are read in another way already.
   */
  [Symbol.asyncIterator](): AsyncIterableIterator<ReplicationEvent> {
    this.#claim("for await")();
    return new EventIterator(this.#source);
  }

  /**
   * Ends the subscription: reports what is confirmed, ends the stream and closes the
   * connection, within a few seconds whatever the server does. What waits for events
   * gets the end of the stream. Safe to call more than once. What is acknowledged after
   * it is not reported any more.
   *
   * A stream that has reached `until` closes by itself, as soon as everything is
   * acknowledged.
   */
  async close(): Promise<void> {
    await this.#source.close();
  }

  /** The same as {@linkcode Subscription.close}, for `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  // Gives the events to one view, from the moment when it calls this.
  #claim(name: string): () => void {
    const view: View = { name };
    return () => {
      this.#view ??= view;
      if (this.#view === view) return;
      throw new TypeError(
        `Cannot read the events as "${name}": they are read as "${this.#view.name}" already; make a second subscription, with a slot of its own`,
      );
    };
  }
}

/** One of the ways to read the events. */
interface View {
  readonly name: string;
}
