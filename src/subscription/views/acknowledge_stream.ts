import type {
  AcknowledgeableEvent,
  ReplicationEvent,
} from "../../events/event.ts";
import type { WholeTransaction } from "./transaction.ts";
import { acknowledgedBy } from "../../events/acknowledged_by.ts";

/**
 * The receiver of the acknowledgements of an {@linkcode AcknowledgeStream}: a
 * {@linkcode Subscription}, or an object that passes them on to one.
 *
 * @category Subscribe
 */
export interface Acknowledger {
  /**
   * Marks a transaction as processed.
   *
   * @param event The event that ends it, or an event outside of transactions.
   */
  acknowledge(event: AcknowledgeableEvent): void;
}

/**
 * The last stage of a pipeline: passes its input on, and acknowledges each transaction that
 * is complete. Place it *after* the stage that does the work, since what an earlier stage has
 * emitted may still be in a queue.
 *
 * Requires a subscription with `acknowledge: "manual"`.
 *
 * @example
 * ```ts
 * import {
 *   AcknowledgeStream,
 *   type ReplicationEvent,
 *   type Subscription,
 * } from "@walbrook/walbrook";
 *
 * async function copy(
 *   subscription: Subscription,
 *   store: (event: ReplicationEvent) => Promise<void>,
 * ): Promise<void> {
 *   await subscription.readable
 *     .pipeThrough(new TransformStream({
 *       async transform(event, controller) {
 *         await store(event);
 *         controller.enqueue(event);
 *       },
 *     }))
 *     .pipeThrough(new AcknowledgeStream(subscription))
 *     .pipeTo(new WritableStream());
 * }
 * console.log(copy.name);
 * ```
 *
 * @typeParam T Events, or transactions.
 *
 * @category Subscribe
 */
export class AcknowledgeStream<
  T extends ReplicationEvent | WholeTransaction = ReplicationEvent,
> extends TransformStream<T, T> {
  /**
   * Creates the stage.
   *
   * @param subscription The subscription that delivers the events. Without
   * `acknowledge: "manual"`, the stage fails with a `TypeError` at the first transaction.
   */
  constructor(subscription: Acknowledger) {
    super({
      transform: (item, controller) => {
        acknowledge(subscription, item);
        controller.enqueue(item);
      },
    });
  }
}

function acknowledge(
  subscription: Acknowledger,
  item: ReplicationEvent | WholeTransaction,
): void {
  if (!("kind" in item)) return item.acknowledge();
  if (isAcknowledgeable(item)) subscription.acknowledge(item);
}

// Whether the event acknowledges what came before it.
function isAcknowledgeable(
  event: ReplicationEvent,
): event is AcknowledgeableEvent {
  return acknowledgedBy(event) !== null;
}
