/**
 * The metrics of a subscription and of a delivery: one list, and Prometheus's text format.
 * `@walbrook/otel` registers the same list with OpenTelemetry.
 *
 * @example
 * ```ts ignore
 * import { subscribe } from "@walbrook/walbrook";
 * import {
 *   metricsOf,
 *   PROMETHEUS_TYPE,
 *   prometheusText,
 * } from "@walbrook/walbrook/metrics";
 *
 * const subscription = await subscribe({ slot: "search", publication: "shop" });
 * Deno.serve(() =>
 *   new Response(prometheusText(metricsOf(subscription)), {
 *     headers: { "Content-Type": PROMETHEUS_TYPE },
 *   })
 * );
 * ```
 *
 * @module
 */
export type {
  Histogram,
  Metric,
  MetricDefinition,
  MetricKind,
  MetricPoint,
} from "./metric.ts";
export { type MetricKey, METRICS } from "./definitions.ts";
export {
  metricsOf,
  type MetricsOptions,
  type MetricSource,
} from "./metrics_of.ts";
export {
  PROMETHEUS_TYPE,
  prometheusName,
  prometheusText,
} from "./prometheus_text.ts";
