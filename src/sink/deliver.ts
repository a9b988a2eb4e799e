import type {
  AcknowledgeableEvent,
  ReplicationEvent,
} from "../events/event.ts";
import type { Checkpoint, SystemIdentity } from "../preflight/checkpoint.ts";
import type { DeliverOptions, Route } from "./options/deliver_options.ts";
import type { Destination } from "./options/destination.ts";
import { Outlet } from "./outlet.ts";
import { resolveRoute } from "./options/settings.ts";
import { Sink } from "./sink.ts";

/** The source of the events for {@linkcode deliver}: a subscription. */
export interface DeliverySource {
  /** The acknowledgement mode, which must be `"manual"`. */
  readonly acknowledgement: "consumed" | "manual";
  /** The server from which the events come. */
  readonly system?: SystemIdentity;
  /** The events, in the batches in which they arrive. */
  readonly batches: ReadableStream<readonly ReplicationEvent[]>;
  /** Returns the checkpoint to store once everything up to the end of a unit is processed. */
  checkpointAfter?(event: AcknowledgeableEvent): Checkpoint;
  /** Marks a transaction as processed. */
  acknowledge(event: AcknowledgeableEvent): void;
  /** Ends the stream, and reports what is acknowledged. */
  close?(): Promise<void>;
}

/**
 * Delivers the changes of a subscription to one or more destinations.
 *
 * - Changes of one key are delivered in order, even if some fail and are retried. A table
 *   without a key counts as one key.
 * - A transaction is acknowledged once all of it is durable at every destination. After a
 *   crash the rest is delivered again, with the same ids: at least once.
 * - A destination that is slow or down makes the stream wait, in bounded memory.
 * - A change that a destination rejects permanently ends the delivery, or is stored as a dead
 *   letter.
 * - `truncate`, a changed table, and an update that changes the key are delivered alone, once
 *   everything before them is durable.
 *
 * The subscription must have `acknowledge: "manual"`. Messages outside of transactions are
 * delivered reliably only with `acknowledgeMessages: true`.
 *
 * @example
 * ```ts ignore
 * import { subscribe } from "@walbrook/walbrook";
 * import { deliver } from "@walbrook/walbrook/sink";
 * import { webhook } from "@walbrook/walbrook/webhook";
 *
 * const subscription = await subscribe({
 *   connection: "postgres://app@localhost/shop",
 *   slot: { name: "hooks", create: true },
 *   publication: "shop",
 *   acknowledge: "manual",
 * });
 * const sink = deliver(
 *   subscription,
 *   webhook({ url: "https://example.com/hook", secret: "whsec_…" }),
 * );
 * await sink.done;
 * ```
 *
 * @typeParam Body The result of the destination's `encode`.
 * @param subscription The subscription. Closing the sink closes it.
 * @param to The destination, or several, each with its own options.
 * @param options How to deliver. With several destinations, these are defaults for their own
 * options.
 * @returns The delivery, which has begun.
 * @throws {TypeError} If the subscription acknowledges automatically, or options contradict
 * each other.
 * @throws {RangeError} If a number is out of its range.
 */
export function deliver<Body = unknown>(
  subscription: DeliverySource,
  to: Destination<Body> | readonly Route[],
  options: DeliverOptions = {},
): Sink {
  if (subscription.acknowledgement !== "manual") {
    throw new TypeError(
      'Cannot deliver from a subscription that acknowledges automatically, before anything is durable: subscribe with acknowledge: "manual"',
    );
  }
  const { events, drainMs = 10_000, signal, onFailure = ignore, ...common } =
    options;
  const routes: readonly Route[] = "write" in to ? [{ destination: to }] : to;
  const settings = routes.map((route) => resolveRoute({ ...common, ...route }));
  checkNames(settings.map(({ destination }) => destination.name));
  const opening = {
    system: () => subscription.system ?? null,
    checkpointAfter: (event: AcknowledgeableEvent) =>
      subscription.checkpointAfter?.(event) ?? null,
  };
  let stream:
    | ReadableStream<ReplicationEvent | readonly ReplicationEvent[]>
    | undefined;
  const sink = new Sink({
    events: () => stream ??= events ?? subscription.batches,
    acknowledge: (event) => subscription.acknowledge(event),
    close: async () => await subscription.close?.(),
    outlets: (wiring) =>
      settings.map((settings) =>
        new Outlet({ settings, onFailure, opening, ...wiring })
      ),
    drainMs,
  });
  const close = () => void sink.close().catch(ignore);
  if (signal?.aborted) close();
  signal?.addEventListener("abort", close, { once: true });
  return sink;
}

function ignore(): void {}

function checkNames(names: readonly string[]): void {
  if (names.length === 0) {
    throw new TypeError("Cannot deliver: no destination is given");
  }
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice === undefined) return;
  throw new TypeError(
    `Cannot deliver to two destinations named "${twice}": names distinguish their dead letters; rename one of them`,
  );
}
