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

/** What {@linkcode deliver} takes the events from: a subscription. */
export interface DeliverySource {
  /** Who acknowledges: it has to be `"manual"`. */
  readonly acknowledgement: "consumed" | "manual";
  /** Which server the events come from. */
  readonly system?: SystemIdentity;
  /** The events, in the batches in which they arrive. */
  readonly batches: ReadableStream<readonly ReplicationEvent[]>;
  /** What to store once everything up to the end of a transaction or chunk is processed. */
  checkpointAfter?(event: AcknowledgeableEvent): Checkpoint;
  /** Says that a transaction is done. */
  acknowledge(event: AcknowledgeableEvent): void;
  /** Ends the stream, and reports what is acknowledged. */
  close?(): Promise<void>;
}

/**
 * Delivers the changes of a subscription to a destination, or to several of them.
 *
 * - Changes of one key are delivered in order, whatever fails and is tried again. A table
 *   without a key counts as one key.
 * - A transaction is acknowledged once all of it is durable at every destination. After a
 *   crash the rest comes again, with the same ids: at least once.
 * - A destination that is slow or down makes the stream wait, in bounded memory.
 * - What a destination refuses for good ends the delivery, or is kept as a dead letter.
 * - `truncate`, a changed table, and an update that changes the key are delivered alone, when
 *   everything before them is durable.
 *
 * The subscription has to be made with `acknowledge: "manual"`. Messages outside of
 * transactions are only delivered surely with `acknowledgeMessages: true`.
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
 * @typeParam Body What the destination's `encode` makes of an event.
 * @param subscription The subscription. Closing the sink closes it.
 * @param to The destination; or several, each with its own options.
 * @param options How to deliver. With several destinations, what their own options leave
 * open.
 * @returns The delivery, which has begun.
 * @throws {TypeError} If the subscription acknowledges by itself, or options contradict.
 * @throws {RangeError} If a number is out of its range.
 */
export function deliver<Body = unknown>(
  subscription: DeliverySource,
  to: Destination<Body> | readonly Route[],
  options: DeliverOptions = {},
): Sink {
  if (subscription.acknowledgement !== "manual") {
    throw new TypeError(
      'Cannot deliver from a subscription that acknowledges by itself, before anything is durable: subscribe with acknowledge: "manual"',
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
    `Cannot deliver to two destinations of the name "${twice}", by which their dead letters are told apart: name one of them otherwise`,
  );
}
