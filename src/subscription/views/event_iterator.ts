import {
  acknowledgedBy,
  type AcknowledgedUnit,
} from "../../events/acknowledged_by.ts";
import type { ReplicationEvent } from "../../events/event.ts";
import type { SubscriptionSource } from "./subscription_source.ts";

/**
 * The position that is done once the consumer comes back for more. A gap always is: who
 * acknowledges by hand has nothing to do for it but to know of it. So is a message outside
 * of any transaction, unless the caller asked to acknowledge messages: anyone may emit
 * one, and a consumer that only looks for commits would never let the slot move past it.
 */
export function doneWhenLeft(
  event: ReplicationEvent,
  { mode, acknowledgeMessages }: SubscriptionSource,
): AcknowledgedUnit | null {
  const isDone = mode === "consumed" || event.kind === "gap" ||
    (event.kind === "message" && !acknowledgeMessages);
  return isDone ? acknowledgedBy(event) : null;
}

/** Hands out single events, and knows which transactions the consumer has left behind. */
export class EventIterator implements AsyncIterableIterator<ReplicationEvent> {
  readonly #source: SubscriptionSource;
  // The last one first: each is let go when it is handed out, as not many objects are to
  // be alive when the garbage collector comes.
  #batch: ReplicationEvent[] = [];
  // What is done once the consumer comes back for more.
  #left: AcknowledgedUnit | null = null;
  #done = false;
  // The last answer that is still to come.
  #turn: Promise<IteratorResult<ReplicationEvent>> | null = null;

  constructor(source: SubscriptionSource) {
    this.#source = source;
    source.onLoss(() => this.#drop());
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

  // What describes a table does not come again, nor does what stands before it.
  #drop(): number {
    const described = this.#batch.findIndex(({ kind }) => kind === "relation");
    const count = described < 0 ? this.#batch.length : described;
    this.#batch = this.#batch.slice(count);
    return count;
  }

  #shift(): ReplicationEvent | undefined {
    const event = this.#batch.pop();
    if (event === undefined) return undefined;
    const isUnit = acknowledgedBy(event) !== null;
    if (isUnit) this.#left = doneWhenLeft(event, this.#source);
    return event;
  }
}

/** What fills a stream of events, and what its iterator takes from past the stream. */
export interface EventSupply {
  /** Hands out the events. */
  readonly events: EventIterator;
  /** Whether an iterator has the stream. */
  iterated: boolean;
  /** Whether the stream's queue is empty, and stays so as long as that iterator has it. */
  drained: boolean;
}
