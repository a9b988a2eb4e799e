import type { Lsn } from "../lsn.ts";
import type { ReplicationEvent } from "./event.ts";
import { gapEnd } from "./gap.ts";
import type { SubscriptionSource } from "./subscription_source.ts";

/** The position that says that all up to this event is done, if there is one. */
export function acknowledgedBy(
  event: ReplicationEvent | undefined,
): Lsn | null {
  switch (event?.kind) {
    // Those that come by the million go first.
    case "insert":
    case "update":
    case "delete":
    case "begin":
      return null;
    case "commit":
    case "prepare":
    case "commitPrepared":
    case "rollbackPrepared":
      return event.endLsn;
    case "message":
      return event.transaction === null ? event.lsn : null;
    case "gap":
      return gapEnd(event);
    default:
      return null;
  }
}

/**
 * The position that is done once the consumer comes back for more. A gap always is: who
 * acknowledges by hand has nothing to do for it but to know of it.
 */
export function doneWhenLeft(
  event: ReplicationEvent,
  { mode }: SubscriptionSource,
): Lsn | null {
  return mode === "consumed" || event.kind === "gap"
    ? acknowledgedBy(event)
    : null;
}

/** Hands the next of what a stream is made of to its controller, or closes it. */
export type Pull<T> = (
  controller: ReadableStreamDefaultController<T>,
) => void | Promise<void>;

/** What a stream is made on: how it is filled, and what its end does. */
export interface PulledSource<T> {
  /** Hands on what is next. */
  readonly pull: Pull<T>;
  /** Closes the subscription. */
  readonly cancel: () => Promise<void>;
}

/**
 * Makes a stream of which nothing is read ahead, and that closes the subscription when it
 * is cancelled.
 *
 * @param source What delivers the events.
 * @param choose Takes what makes the stream's chunks of them, which is loaded for it.
 */
export function streamOf<T>(
  source: SubscriptionSource,
  choose: (streams: typeof import("./streams.ts")) => Pull<T>,
): ReadableStream<T> {
  return new ReadableStream<T>(pulledBy(source, choose), { highWaterMark: 0 });
}

/** What {@linkcode streamOf} makes its stream on. */
export function pulledBy<T>(
  source: SubscriptionSource,
  choose: (streams: typeof import("./streams.ts")) => Pull<T>,
): PulledSource<T> {
  const load = async () => {
    try {
      pull = choose(await import("./streams.ts"));
      return pull;
    } catch (error) {
      void source.close();
      throw error;
    }
  };
  // Not in start(): in Workers a pipe pulls before that has settled.
  let pull: Pull<T> = (controller) => {
    const loaded = load();
    pull = async (controller) => await (await loaded)(controller);
    return pull(controller);
  };
  return {
    pull: (controller) => pull(controller),
    cancel: () => source.close(),
  };
}

/** Hands out single events, and knows which transactions the consumer has left behind. */
export class EventIterator implements AsyncIterableIterator<ReplicationEvent> {
  readonly #source: SubscriptionSource;
  // The last one first: each is let go when it is handed out, as not many objects are to
  // be alive when the garbage collector comes.
  #batch: ReplicationEvent[] = [];
  // What is done once the consumer comes back for more.
  #left: Lsn | null = null;
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
    const event = this.take();
    return event === undefined
      ? this.#inTurn(this.#fetch())
      : Promise.resolve({ done: false, value: event });
  }

  /** The next event, if it is here already; not to be called while one is waited for. */
  take(): ReplicationEvent | undefined {
    if (this.#left !== null) this.#source.acknowledge(this.#left);
    this.#left = null;
    return this.#shift();
  }

  /** The next event, if it is here already and to ask for it does not say that anything is done. */
  more(): ReplicationEvent | undefined {
    return this.#left === null ? this.#shift() : undefined;
  }

  async return(): Promise<IteratorResult<ReplicationEvent>> {
    this.#done = true;
    this.#batch = [];
    this.#left = null;
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
    const event = this.take();
    return event === undefined
      ? await this.#fetch()
      : { done: false, value: event };
  }

  async #fetch(): Promise<IteratorResult<ReplicationEvent>> {
    if (this.#done) return { done: true, value: undefined };
    const events = await this.#source.next();
    if (this.#done) return await this.return();
    if (events === null) {
      this.#done = true;
      await this.#source.finish();
      return { done: true, value: undefined };
    }
    this.#batch = events.toReversed();
    return { done: false, value: this.#shift()! };
  }

  #shift(): ReplicationEvent | undefined {
    const event = this.#batch.pop();
    if (event === undefined) return undefined;
    const isUnit = acknowledgedBy(event) !== null;
    if (isUnit) this.#left = doneWhenLeft(event, this.#source);
    return event;
  }
}
