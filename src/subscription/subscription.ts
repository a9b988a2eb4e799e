import type { Lsn } from "../lsn.ts";
import type { CommitEvent, MessageEvent, ReplicationEvent } from "./event.ts";
import type { SubscriptionStatus } from "./status.ts";
import {
  type Transaction,
  TransactionAssembler,
  type TransactionsOptions,
} from "./transaction.ts";

/** What a {@linkcode Subscription} is wired to. */
export interface SubscriptionSource {
  /** The next events, or `null` at the end. */
  readonly next: () => Promise<readonly ReplicationEvent[] | null>;
  /** Marks a transaction as done, by where it ends. */
  readonly acknowledge: (endLsn: Lsn) => void;
  /** Ends everything. */
  readonly close: () => Promise<void>;
  /** Where the subscription is. */
  readonly positions: () => SubscriptionPositions;
  /** Whether the consumer acknowledges by coming back for more. */
  readonly mode: "consumed" | "manual";
  /** What it is doing. */
  readonly status: () => SubscriptionStatus;
  /** What the server reported of itself and the session. */
  readonly parameters: ReadonlyMap<string, string>;
  /** The walsender's process id. */
  readonly processId: number;
}

/** Where a subscription is. */
export interface SubscriptionPositions {
  /** All before it was received. */
  readonly received: Lsn;
  /** All before it is done, and will not come again. */
  readonly confirmed: Lsn;
  /** How many transactions were received and are not confirmed yet. */
  readonly pending: number;
}

/**
 * A running subscription: a stream of events, seen in one of four ways.
 *
 * - `for await (const event of subscription)`: the simplest, and the one that tells
 *   best what has been consumed;
 * - {@linkcode Subscription.readable}: to pipe events through other streams;
 * - {@linkcode Subscription.transactions}: transaction by transaction;
 * - {@linkcode Subscription.batches}: the fastest.
 *
 * Like the body of a `Response`, only one of them can be taken. Made by
 * {@linkcode subscribe}.
 */
export class Subscription implements AsyncIterable<ReplicationEvent> {
  readonly #source: SubscriptionSource;
  #taken: string | null = null;
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
  get positions(): SubscriptionPositions {
    return this.#source.positions();
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

  /** What the subscription is doing: streaming, connecting again, or closed. */
  get status(): SubscriptionStatus {
    return this.#source.status();
  }

  /**
   * The events, one by one. Nothing is read ahead: a transaction counts as consumed
   * when the next event after its `commit` is asked for. A pipe asks early, to fill its
   * queues; behind one, acknowledge by hand.
   *
   * Cancelling it closes the subscription.
   *
   * @throws {TypeError} If the events are taken in another way already.
   */
  get readable(): ReadableStream<ReplicationEvent> {
    if (this.#readable === undefined) {
      this.#take("readable");
      this.#readable = eventStream(this.#source);
    }
    return this.#readable;
  }

  /**
   * The events in the batches in which they arrive, of at least one. A transaction
   * counts as consumed when the batch after the one that holds its `commit` is asked
   * for.
   *
   * Cancelling it closes the subscription.
   *
   * @throws {TypeError} If the events are taken in another way already.
   */
  get batches(): ReadableStream<readonly ReplicationEvent[]> {
    if (this.#batches === undefined) {
      this.#take("batches");
      this.#batches = batchStream(this.#source);
    }
    return this.#batches;
  }

  /**
   * The events gathered into whole transactions. One counts as consumed when the next is
   * asked for. Transactions are held in memory: there is a limit on their size.
   *
   * Cancelling it closes the subscription.
   *
   * @param options The limit.
   * @throws {TypeError} If the events are taken in another way already.
   */
  transactions(
    options: TransactionsOptions = {},
  ): ReadableStream<Transaction> {
    this.#take("transactions");
    return transactionStream(
      this.#source,
      new TransactionAssembler(
        options.maxChanges ?? 100_000,
        (event) => this.acknowledge(event),
      ),
    );
  }

  /**
   * Says that a transaction is done, so that the server may forget it. They can be
   * acknowledged in any order: the server is told the position below which all are done.
   *
   * @param event The transaction's `commit`, or a `message` outside of any transaction.
   * @throws {TypeError} If it is another event, or the subscription was not made with
   * `acknowledge: "manual"`.
   */
  acknowledge(event: CommitEvent | MessageEvent): void {
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

  /** The events, one by one; see {@linkcode Subscription.readable}. */
  [Symbol.asyncIterator](): AsyncIterableIterator<ReplicationEvent> {
    this.#take("for await");
    return new EventIterator(this.#source);
  }

  /**
   * Ends the subscription: reports what is confirmed, ends the stream and closes the
   * connection, within a few seconds whatever the server does. What waits for events
   * gets the end of the stream. Safe to call more than once.
   */
  async close(): Promise<void> {
    await this.#source.close();
  }

  /** The same as {@linkcode Subscription.close}, for `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #take(how: string): void {
    if (this.#taken !== null) {
      throw new TypeError(
        `Cannot take the events as "${how}": they are taken as "${this.#taken}" already; make a second subscription, with a slot of its own`,
      );
    }
    this.#taken = how;
  }
}

// The position that says that all up to this event is done, if there is one.
function acknowledgedBy(event: ReplicationEvent | undefined): Lsn | null {
  if (event?.kind === "commit") return event.endLsn;
  if (event?.kind === "message" && event.transaction === null) return event.lsn;
  return null;
}

function acknowledgeConsumed(
  source: SubscriptionSource,
  events: readonly ReplicationEvent[],
): void {
  if (source.mode !== "consumed") return;
  for (const event of events) {
    const position = acknowledgedBy(event);
    if (position !== null) source.acknowledge(position);
  }
}

function batchStream(
  source: SubscriptionSource,
): ReadableStream<readonly ReplicationEvent[]> {
  let handedOut: readonly ReplicationEvent[] = [];
  return new ReadableStream<readonly ReplicationEvent[]>({
    async pull(controller) {
      acknowledgeConsumed(source, handedOut);
      handedOut = [];
      const events = await source.next();
      if (events === null) {
        await source.close();
        return controller.close();
      }
      handedOut = events;
      controller.enqueue(events);
    },
    cancel: () => source.close(),
  }, { highWaterMark: 0 });
}

function eventStream(
  source: SubscriptionSource,
): ReadableStream<ReplicationEvent> {
  const iterator = new EventIterator(source);
  return new ReadableStream<ReplicationEvent>({
    async pull(controller) {
      const { done, value } = await iterator.next();
      if (done) return controller.close();
      controller.enqueue(value);
      // What belongs to the same transaction and is here already needs no pull of its
      // own: the next pull then tells that the consumer is through with it.
      for (const event of iterator.rest()) controller.enqueue(event);
    },
    cancel: () => source.close(),
  }, { highWaterMark: 0 });
}

function transactionStream(
  source: SubscriptionSource,
  assembler: TransactionAssembler,
): ReadableStream<Transaction> {
  const iterator = new EventIterator(source);
  return new ReadableStream<Transaction>({
    async pull(controller) {
      for (;;) {
        const { done, value } = await iterator.next();
        if (done) return controller.close();
        const transaction = push(value);
        if (transaction !== null) return controller.enqueue(transaction);
      }
    },
    cancel: () => source.close(),
  }, { highWaterMark: 0 });

  function push(event: ReplicationEvent): Transaction | null {
    try {
      return assembler.push(event);
    } catch (error) {
      void source.close();
      throw error;
    }
  }
}

/** Hands out single events, and knows which transactions the consumer has left behind. */
class EventIterator implements AsyncIterableIterator<ReplicationEvent> {
  readonly #source: SubscriptionSource;
  #batch: readonly ReplicationEvent[] = [];
  #at = 0;
  // The end of a transaction that was handed out last.
  #unit: Lsn | null = null;
  #done = false;
  // The last answer that is still to come.
  #turn: Promise<IteratorResult<ReplicationEvent>> | null = null;

  constructor(source: SubscriptionSource) {
    this.#source = source;
  }

  next(): Promise<IteratorResult<ReplicationEvent>> {
    // Whoever asks before the last answer has come waits for its turn: two that fetch
    // at once would each take a batch, and one of these would be lost.
    const turn = this.#turn;
    if (turn !== null) {
      const step = () => this.#step();
      return this.#inTurn(turn.then(step, step));
    }
    this.#consumed();
    const event = this.#shift();
    return event === undefined
      ? this.#inTurn(this.#fetch())
      : Promise.resolve({ done: false, value: event });
  }

  /** The events that are here already, up to the end of a transaction. */
  *rest(): Generator<ReplicationEvent> {
    while (this.#unit === null) {
      const event = this.#shift();
      if (event === undefined) return;
      yield event;
    }
  }

  async return(): Promise<IteratorResult<ReplicationEvent>> {
    this.#done = true;
    this.#batch = [];
    this.#unit = null;
    await this.#source.close();
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #inTurn(
    answer: Promise<IteratorResult<ReplicationEvent>>,
  ): Promise<IteratorResult<ReplicationEvent>> {
    const over = () => {
      if (this.#turn === answer) this.#turn = null;
    };
    this.#turn = answer;
    answer.then(over, over);
    return answer;
  }

  async #step(): Promise<IteratorResult<ReplicationEvent>> {
    this.#consumed();
    const event = this.#shift();
    return event === undefined
      ? await this.#fetch()
      : { done: false, value: event };
  }

  async #fetch(): Promise<IteratorResult<ReplicationEvent>> {
    if (this.#done) return { done: true, value: undefined };
    const events = await this.#source.next();
    if (events === null || this.#done) return await this.return();
    this.#batch = events;
    this.#at = 0;
    return { done: false, value: this.#shift()! };
  }

  #shift(): ReplicationEvent | undefined {
    const event = this.#batch[this.#at];
    if (event === undefined) return undefined;
    this.#at++;
    this.#unit = acknowledgedBy(event);
    return event;
  }

  #consumed(): void {
    if (this.#unit !== null && this.#source.mode === "consumed") {
      this.#source.acknowledge(this.#unit);
    }
    this.#unit = null;
  }
}
