/** Consumers that are slow but steady, in each view of a subscription. */
import type { ReplicationEvent, Subscription } from "@walbrook/walbrook";

/** Consumes a subscription to its end, and calls `work` after each transaction. */
export type Consume = (
  subscription: Subscription,
  work: () => Promise<void>,
) => Promise<void>;

/** One consumer for each way to take the events. */
export const VIEWS: Readonly<Record<string, Consume>> = {
  async "for await"(subscription, work) {
    for await (const { kind } of subscription) {
      if (kind === "commit") await work();
    }
  },
  async readable(subscription, work) {
    for await (const { kind } of subscription.readable) {
      if (kind === "commit") await work();
    }
  },
  pipe: (subscription, work) =>
    subscription.readable.pipeTo(
      new WritableStream<ReplicationEvent>({
        write: ({ kind }) => kind === "commit" ? work() : undefined,
      }),
    ),
  async batches(subscription, work) {
    for await (const events of subscription.batches) {
      for (const { kind } of events) if (kind === "commit") await work();
    }
  },
  async "transactions()"(subscription, work) {
    for await (const _transaction of subscription.transactions()) await work();
  },
};

/**
 * Is busy for a while: with a timer, or below a millisecond with computing.
 *
 * @param milliseconds How long.
 */
export function takeTime(milliseconds: number): Promise<void> {
  if (milliseconds >= 1) {
    return new Promise((resolve) => setTimeout(resolve, milliseconds));
  }
  const end = performance.now() + milliseconds;
  while (performance.now() < end);
  return Promise.resolve();
}
