import type { AcknowledgeableEvent, ReplicationEvent } from "./event.ts";
import type { SubscriptionSource } from "./subscription_source.ts";
import {
  type Transaction,
  TransactionAssembler,
  type TransactionsOptions,
} from "./transaction.ts";
import { doneWhenLeft, EventIterator, type Pull } from "./views.ts";

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
export function pullEvents(source: SubscriptionSource): Pull<ReplicationEvent> {
  const iterator = new EventIterator(source);
  // Where there is nothing to wait for, nothing is waited for.
  return (controller) => {
    const event = iterator.take();
    return event === undefined ? fetch(controller) : fill(controller, event);
  };

  async function fetch(controller: EventController): Promise<void> {
    const { done, value } = await iterator.next();
    if (done) controller.close();
    else fill(controller, value);
  }

  // What belongs to the same transaction and is here already needs no pull of its own: the
  // next pull then tells that the consumer is through with it.
  function fill(controller: EventController, first: ReplicationEvent): void {
    for (
      let event: ReplicationEvent | undefined = first;
      event !== undefined;
      event = iterator.more()
    ) controller.enqueue(event);
  }
}

type EventController = ReadableStreamDefaultController<ReplicationEvent>;

/** How to gather transactions, and how to acknowledge one. */
export interface PullTransactionsOptions extends TransactionsOptions {
  /** Says that a transaction is done. */
  readonly acknowledge: (event: AcknowledgeableEvent) => void;
}

/** The events, gathered into transactions. */
export function pullTransactions(
  source: SubscriptionSource,
  { acknowledge, ...limits }: PullTransactionsOptions,
): Pull<Transaction> {
  const iterator = new EventIterator(source);
  const assembler = new TransactionAssembler(limits, acknowledge);
  return async (controller) => {
    for (;;) {
      const { done, value } = await iterator.next();
      if (done) return controller.close();
      const transaction = push(value);
      if (transaction !== null) return controller.enqueue(transaction);
    }
  };

  function push(event: ReplicationEvent): Transaction | null {
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
