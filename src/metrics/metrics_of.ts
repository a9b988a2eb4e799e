import type { DestinationReport, SinkReport } from "../sink/report.ts";
import type { SnapshotProgress } from "../snapshot/progress/snapshot_progress.ts";
import type { SlotState } from "../subscription/progress/slot_state.ts";
import type { SubscriptionProgress } from "../subscription/progress/subscription_progress.ts";
import type { SubscriptionCounts } from "../subscription/progress/tally.ts";
import type { SubscriptionStatus } from "../subscription/views/status.ts";
import { METRICS } from "./definitions.ts";
import type {
  Histogram,
  Metric,
  MetricDefinition,
  MetricPoint,
} from "./metric.ts";

/** The members of a subscription that {@linkcode metricsOf} reads. */
export interface MetricSource {
  /** The state. */
  readonly status: SubscriptionStatus;
  /** The positions and the lag. */
  readonly progress: SubscriptionProgress;
  /** What was counted. */
  readonly counts: SubscriptionCounts;
  /** The copies of tables. */
  readonly snapshots: readonly SnapshotProgress[];
  /** The slot, as of the last query. */
  readonly slotState?: SlotState | null;
}

/** Options for {@linkcode metricsOf}. */
export interface MetricsOptions {
  /**
   * The delivery: the result of {@linkcode deliver}.
   *
   * @default {undefined} no metrics of destinations
   */
  readonly sink?: {
    /** The state of the delivery. */
    report(): SinkReport;
  };
  /**
   * Attributes for each value, to distinguish several subscriptions.
   *
   * @default {{}}
   */
  readonly attributes?: Readonly<Record<string, string>>;
}

const STATES: readonly SubscriptionStatus["state"][] = [
  "connecting",
  "streaming",
  "retrying",
  "closed",
];

/**
 * Returns the metrics of a subscription, with their current values. It sends no query: the
 * WAL that the slot retains is known only with the option `slotGuard`.
 *
 * @example
 * ```ts ignore
 * import { subscribe } from "@walbrook/walbrook";
 * import { metricsOf, prometheusText } from "@walbrook/walbrook/metrics";
 *
 * const subscription = await subscribe({ slot: "search", publication: "shop" });
 * Deno.serve(() => new Response(prometheusText(metricsOf(subscription))));
 * ```
 *
 * @param subscription The subscription.
 * @param options Further metrics and attributes.
 * @returns Every metric, including those without a value.
 */
export function metricsOf(
  subscription: MetricSource,
  options: MetricsOptions = {},
): Metric[] {
  const { sink, attributes = {} } = options;
  const metrics = [
    ...subscriptionMetrics(subscription),
    ...slotMetrics(subscription.slotState ?? null),
    ...sinkMetrics(sink?.report().destinations ?? []),
  ];
  if (Object.keys(attributes).length === 0) return metrics;
  return metrics.map((metric) => ({
    ...metric,
    points: metric.points.map((point) => ({
      ...point,
      attributes: { ...attributes, ...point.attributes },
    })),
  }));
}

function subscriptionMetrics(
  { status, progress, counts, snapshots }: MetricSource,
): Metric[] {
  const { lagBytes, lagMs, pending, lastEventAgeMs, reconnections } = progress;
  const ended = counts.events.filter(({ kind }) =>
    kind === "commit" || kind === "commitPrepared"
  );
  return [
    single(METRICS.up, status.state === "streaming" ? 1 : 0),
    metric(
      METRICS.state,
      STATES.map((state) =>
        point(status.state === state ? 1 : 0, { "walbrook.state": state })
      ),
    ),
    metric(
      METRICS.events,
      counts.events.map(({ table, kind, count }) =>
        point(count, {
          "walbrook.kind": kind,
          ...(table === null ? {} : { "db.collection.name": table }),
        })
      ),
    ),
    single(METRICS.transactions, ended.reduce((sum, at) => sum + at.count, 0)),
    single(METRICS.received, counts.receivedBytes),
    single(METRICS.lagWal, lagBytes),
    single(METRICS.lagTime, lagMs / 1000),
    single(METRICS.pending, pending),
    single(METRICS.lastEvent, seconds(lastEventAgeMs)),
    single(METRICS.reconnections, reconnections),
    metric(
      METRICS.failures,
      counts.failures.map(({ reason, count }) =>
        point(count, { "error.type": reason })
      ),
    ),
    metric(
      METRICS.gaps,
      counts.gaps.map(({ reason, count }) =>
        point(count, { "walbrook.reason": reason })
      ),
    ),
    single(METRICS.badValues, counts.badValues),
    metric(
      METRICS.snapshotRows,
      snapshots.map(({ table, rows, state }) =>
        point(rows, { "db.collection.name": table, "walbrook.state": state })
      ),
    ),
  ];
}

function slotMetrics(slot: SlotState | null): Metric[] {
  return [
    single(METRICS.slotRetained, slot?.retainedBytes),
    single(METRICS.slotSafe, slot?.safeBytes),
    single(METRICS.slotLossIn, seconds(slot?.lossInMs)),
  ];
}

function sinkMetrics(destinations: readonly DestinationReport[]): Metric[] {
  const each = (
    definition: MetricDefinition,
    read: (report: DestinationReport) => number | Histogram | null,
  ): Metric =>
    metric(
      definition,
      destinations.flatMap((report) => {
        const value = read(report);
        return value === null ? [] : [point(value, destinationOf(report))];
      }),
    );
  return [
    each(METRICS.sinkDelivered, ({ delivered }) => delivered),
    each(METRICS.sinkDuration, ({ writeSeconds }) => writeSeconds),
    each(METRICS.sinkBatches, ({ batches }) => batches),
    each(METRICS.sinkRetries, ({ retries }) => retries),
    each(METRICS.sinkPending, ({ pending }) => pending),
    each(METRICS.sinkPendingBytes, ({ pendingBytes }) => pendingBytes),
    // If nothing is pending there is no value: an age of 0 would distort averages.
    each(
      METRICS.sinkOldest,
      ({ oldestPendingMs }) => (oldestPendingMs ?? 0) / 1000,
    ),
    each(METRICS.sinkDeadLetters, ({ deadLetters }) => deadLetters),
    each(METRICS.sinkParked, ({ parkedKeys }) => parkedKeys.length),
  ];
}

function destinationOf({ name }: DestinationReport): Record<string, string> {
  return {
    "messaging.system": "walbrook",
    "messaging.operation.name": "send",
    "messaging.destination.name": name,
  };
}

function metric(
  definition: MetricDefinition,
  points: readonly MetricPoint[],
): Metric {
  return { ...definition, points };
}

function point(
  value: number | Histogram,
  attributes: Readonly<Record<string, string>> = {},
): MetricPoint {
  return { attributes, value };
}

function single(
  definition: MetricDefinition,
  value: number | bigint | null | undefined,
): Metric {
  const isKnown = value !== null && value !== undefined;
  return metric(definition, isKnown ? [point(Number(value))] : []);
}

function seconds(milliseconds: number | null | undefined): number | null {
  return milliseconds === null || milliseconds === undefined
    ? null
    : milliseconds / 1000;
}
