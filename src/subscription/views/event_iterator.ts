import {
  acknowledgedBy,
  type AcknowledgedUnit,
} from "../../events/acknowledged_by.ts";
import type { ReplicationEvent } from "../../events/event.ts";
import type { SubscriptionSource } from "./subscription_source.ts";

/**
 * Returns the position that is processed once the consumer asks for more. A gap always is:
 * with manual acknowledgement the consumer need only know of it. So is a message outside of a
 * transaction, unless the caller asked to acknowledge messages: anyone may emit one, and a
 * consumer that only looks for commits would never let the slot advance past it.
 */
export function doneWhenLeft(
  event: ReplicationEvent,
  source: SubscriptionSource,
): AcknowledgedUnit | null {
  const unit = acknowledgedBy(event);
  if (unit === null) return null;
  const isDone = source.mode === "consumed" || event.kind === "gap" ||
    (event.kind === "message" && !source.acknowledgeMessages);
  return isDone ? unit : null;
}

/** Delivers single events, and tracks which transactions the consumer has finished. */
export class EventIterator implements AsyncIterableIterator<ReplicationEvent> {
  readonly #source: SubscriptionSource;
  // In reverse order: each event is released when it is delivered, so that few objects are
  // alive when the garbage collector runs.
  #batch: ReplicationEvent[] = [];
  // The position that is processed once the consumer asks for more.
  #left: AcknowledgedUnit | null = null;
  #done = false;
  // The last result that is still pending.
  #turn: Promise<IteratorResult<ReplicationEvent>> | null = null;

  constructor(source: SubscriptionSource) {
    this.#source = source;
    source.onLoss(() => this.#drop());
  }

  next(): Promise<IteratorResult<ReplicationEvent>> {
    // A call made before the last result has arrived waits for its turn: two concurrent
    // fetches would each take a batch, and one of them would be lost.
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

  /**
   * Returns the next event if it has already arrived. Must not be called during a pending
   * `next()`.
   */
  take(): ReplicationEvent | undefined {
    if (this.#left !== null) this.#source.acknowledge(this.#left);
    this.#left = null;
    return this.#shift();
  }

  /**
   * Returns the next event if it has already arrived and asking for it marks nothing as
   * processed.
   */
  takeWithoutAcknowledging(): ReplicationEvent | undefined {
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

  // A table's description is not sent again, nor is what precedes it.
  #drop(): number {
    const described = this.#batch.findIndex(({ kind }) => kind === "relation");
    const count = described < 0 ? this.#batch.length : described;
    this.#batch = this.#batch.slice(count);
    return count;
  }

  #shift(): ReplicationEvent | undefined {
    const event = this.#batch.pop();
    if (event === undefined) return undefined;
    this.#left = doneWhenLeft(event, this.#source);
    return event;
  }
}

/** The source of a stream of events, which its iterator can read directly. */
export interface EventSupply {
  /** Delivers the events. */
  readonly events: EventIterator;
  /** Whether an iterator owns the stream. */
  iterated: boolean;
  /** Whether the stream's queue is empty, and stays empty while that iterator owns it. */
  drained: boolean;
}
