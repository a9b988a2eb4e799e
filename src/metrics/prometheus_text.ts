import type { Histogram, Metric, MetricDefinition } from "./metric.ts";

/** Names that are not derived from the OpenTelemetry names. */
const OWN_NAMES: Readonly<Record<string, string>> = {
  "walbrook.lag.time": "walbrook_lag_seconds",
  "messaging.client.sent.messages": "walbrook_sink_delivered_total",
  "messaging.client.operation.duration": "walbrook_sink_write_seconds",
};

const SUFFIXES: Readonly<Record<string, string>> = {
  By: "_bytes",
  s: "_seconds",
};

/**
 * Returns the name of a metric in Prometheus: with its unit and, for a counter, `_total`.
 *
 * @example
 * ```ts
 * import { prometheusName } from "@walbrook/walbrook/metrics";
 * import { assertEquals } from "@std/assert";
 *
 * const name = prometheusName({
 *   name: "walbrook.received",
 *   unit: "By",
 *   kind: "counter",
 * });
 * assertEquals(name, "walbrook_received_bytes_total");
 * ```
 *
 * @param metric The metric.
 * @returns The name, for example `walbrook_received_bytes_total`.
 */
export function prometheusName(
  { name, unit, kind }: Pick<MetricDefinition, "name" | "unit" | "kind">,
): string {
  const own = OWN_NAMES[name];
  if (own !== undefined) return own;
  const total = kind === "counter" ? "_total" : "";
  return `${toName(name)}${SUFFIXES[unit] ?? ""}${total}`;
}

/**
 * Formats metrics in the text format of Prometheus, version 0.0.4. The `Content-Type` is
 * {@linkcode PROMETHEUS_TYPE}.
 *
 * Source: Prometheus, "Exposition formats".
 *
 * @example
 * ```ts
 * import { prometheusText } from "@walbrook/walbrook/metrics";
 * import { assertEquals } from "@std/assert";
 *
 * const text = prometheusText([{
 *   name: "walbrook.pending",
 *   unit: "{transaction}",
 *   kind: "gauge",
 *   help: "Transactions received and not confirmed",
 *   points: [{ attributes: { "walbrook.slot": "search" }, value: 3 }],
 * }]);
 * assertEquals(text.split("\n"), [
 *   "# HELP walbrook_pending Transactions received and not confirmed",
 *   "# TYPE walbrook_pending gauge",
 *   'walbrook_pending{slot="search"} 3',
 *   "",
 * ]);
 * ```
 *
 * @param metrics The metrics. Those without a value are omitted.
 * @returns The text, for a response with {@linkcode PROMETHEUS_TYPE}.
 */
export function prometheusText(metrics: readonly Metric[]): string {
  let text = "";
  for (const metric of metrics) {
    if (metric.points.length === 0) continue;
    const name = prometheusName(metric);
    text += `# HELP ${name} ${escapeHelp(metric.help)}\n`;
    text += `# TYPE ${name} ${metric.kind}\n`;
    for (const { attributes, value } of metric.points) {
      text += typeof value === "number"
        ? `${name}${labels(attributes)} ${format(value)}\n`
        : histogram(name, attributes, value);
    }
  }
  return text;
}

/** The `Content-Type` of {@linkcode prometheusText}. */
export const PROMETHEUS_TYPE = "text/plain; version=0.0.4; charset=utf-8";

function histogram(
  name: string,
  attributes: Readonly<Record<string, string>>,
  { bounds, counts, sum }: Histogram,
): string {
  let text = "";
  let count = 0;
  for (const [at, bound] of [...bounds, Infinity].entries()) {
    count += counts[at] ?? 0;
    const within = { ...attributes, le: format(bound) };
    text += `${name}_bucket${labels(within)} ${count}\n`;
  }
  const all = labels(attributes);
  return `${text}${name}_sum${all} ${
    format(sum)
  }\n${name}_count${all} ${count}\n`;
}

function labels(attributes: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(attributes).map(([name, value]) =>
    `${toName(name.replace(/^walbrook\./, ""))}="${escapeLabel(value)}"`
  );
  return pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
}

function toName(name: string): string {
  return name.replace(/[^a-zA-Z0-9_]/g, "_");
}

function format(value: number): string {
  return value === Infinity
    ? "+Inf"
    : value === -Infinity
    ? "-Inf"
    : `${value}`;
}

function escapeHelp(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
}

function escapeLabel(text: string): string {
  return escapeHelp(text).replaceAll('"', '\\"');
}
