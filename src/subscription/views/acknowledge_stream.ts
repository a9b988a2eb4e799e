import type {
  AcknowledgeableEvent,
  ReplicationEvent,
} from "../../events/event.ts";
import type { WholeTransaction } from "./transaction.ts";
import { acknowledgedBy } from "../../events/acknowledged_by.ts";

/** What an {@linkcode AcknowledgeStream} tells what is done: a subscription. */
export interface Acknowledger {
  /** Says that a transaction is done. */
  acknowledge(event: AcknowledgeableEvent): void;
}

/**
 * The end of a pipeline: passes on what it gets, and acknowledges the transactions that
 * are complete with it. Put it *behind* the stage which does the work, since what a
 * stage in front has let go of may still lie in a queue.
 *
 * The subscription has to be made with `acknowledge: "manual"`.
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
 */
export class AcknowledgeStream<
  T extends ReplicationEvent | WholeTransaction = ReplicationEvent,
> extends TransformStream<T, T> {
  /**
   * Makes the stage.
   *
   * @param subscription The subscription that the events come from.
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
