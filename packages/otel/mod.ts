/**
 * Exposes the metrics of a subscription as OpenTelemetry instruments, and creates a span for
 * each delivered batch.
 *
 * @example
 * ```ts ignore
 * import { subscribe } from "@walbrook/walbrook";
 * import { deliver } from "@walbrook/walbrook/sink";
 * import { webhook } from "@walbrook/walbrook/webhook";
 * import { observe, traced } from "@walbrook/otel";
 *
 * const subscription = await subscribe({
 *   slot: "hooks",
 *   publication: "shop",
 *   acknowledge: "manual",
 * });
 * const hook = webhook({ url: "https://example.com/hook", secret: "whsec_…" });
 * const sink = deliver(subscription, traced(hook));
 * const stop = observe(subscription, { sink });
 * await sink.done;
 * stop();
 * ```
 *
 * @module
 */
export { observe, type ObserveOptions } from "./src/observe.ts";
export { traced, type TracedOptions } from "./src/traced.ts";
