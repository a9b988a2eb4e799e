import type {
  AcknowledgeableEvent,
  ReplicationEvent,
} from "../../events/event.ts";
import type { EventSupply } from "./event_iterator.ts";
import type { SubscriptionSource } from "./subscription_source.ts";
import {
  TransactionAssembler,
  type TransactionsOptions,
  type WholeTransaction,
} from "./transaction.ts";
import { doneWhenLeft, EventIterator } from "./event_iterator.ts";
import type { Pull } from "./pull.ts";

/** The events in the batches in which they arrive. */
export function pullBatches(
  source: SubscriptionSource,
): Pull<readonly ReplicationEvent[]> {
  let handedOut: readonly ReplicationEvent[] = [];
  return async (controller) => {
    acknowledgeConsumed(source, handedOut);
    handedOut = [];
    const events = await source.next();
    if (events === null) {
      await source.finish();
      return controller.close();
    }
    handedOut = events;
    controller.enqueue(events);
  };
}

/** The events, one by one. */
export function pullEvents(supply: EventSupply): Pull<ReplicationEvent> {
  const { events } = supply;
  // If there is nothing to wait for, avoid an await.
  return (controller) => {
    const event = events.take();
    return event === undefined ? fetch(controller) : fill(controller, event);
  };

  async function fetch(controller: EventController): Promise<void> {
    const { done, value } = await events.next();
    if (done) controller.close();
    else fill(controller, value);
  }

  // Events that have arrived need no pull of their own, up to the point where the next pull
  // must report that the consumer has finished a transaction. An iterator takes them
  // directly.
  function fill(controller: EventController, first: ReplicationEvent): void {
    controller.enqueue(first);
    while (!supply.iterated) {
      const event = events.takeWithoutAcknowledging();
      if (event === undefined) return;
      controller.enqueue(event);
    }
  }
}

type EventController = ReadableStreamDefaultController<ReplicationEvent>;

/** How to gather transactions, and how to acknowledge one. */
export interface PullTransactionsOptions extends TransactionsOptions {
  /** Marks a transaction as processed. */
  readonly acknowledge: (event: AcknowledgeableEvent) => void;
}

/** The events, gathered into transactions. */
export function pullTransactions(
  source: SubscriptionSource,
  { acknowledge, ...limits }: PullTransactionsOptions,
): Pull<WholeTransaction> {
  const iterator = new EventIterator(source);
  const assembler = new TransactionAssembler(limits, acknowledge);
  return (controller) => {
    const transaction = gather(iterator.take());
    return transaction === null
      ? fetch(controller)
      : controller.enqueue(transaction);
  };

  async function fetch(
    controller: ReadableStreamDefaultController<WholeTransaction>,
  ): Promise<void> {
    for (;;) {
      const { done, value } = await iterator.next();
      if (done) return controller.close();
      const transaction = gather(value);
      if (transaction !== null) return controller.enqueue(transaction);
    }
  }

  // The transaction that this event, or one of those already here, completes.
  function gather(
    first: ReplicationEvent | undefined,
  ): WholeTransaction | null {
    for (let event = first; event !== undefined; event = iterator.take()) {
      const transaction = push(event);
      if (transaction !== null) return transaction;
    }
    return null;
  }

  function push(event: ReplicationEvent): WholeTransaction | null {
    try {
      return assembler.push(event);
    } catch (error) {
      void source.close();
      throw error;
    }
  }
}

function acknowledgeConsumed(
  source: SubscriptionSource,
  events: readonly ReplicationEvent[],
): void {
  for (const event of events) {
    const position = doneWhenLeft(event, source);
    if (position !== null) source.acknowledge(position);
  }
}
