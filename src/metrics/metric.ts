/** A value that adds up, one that goes up and down, or a distribution. */
export type MetricKind = "counter" | "gauge" | "histogram";

/** A distribution of durations. */
export interface Histogram {
  /** The upper limits of the buckets, ascending, in the metric's unit; without infinity. */
  readonly bounds: readonly number[];
  /** How many values each bucket has by itself; one more than `bounds`, for what exceeds them. */
  readonly counts: readonly number[];
  /** The sum of all values. */
  readonly sum: number;
}

/** One value of a metric, with what it is about. */
export interface MetricPoint {
  /** The attributes, by their OpenTelemetry names. */
  readonly attributes: Readonly<Record<string, string>>;
  /** The value, in the metric's unit. */
  readonly value: number | Histogram;
}

/** A metric, with all of its values. */
export interface Metric {
  /** The OpenTelemetry name, for example `walbrook.lag.time`. */
  readonly name: string;
  /** The unit, as UCUM writes it: `By`, `s`, `1`, `{event}`. */
  readonly unit: string;
  /** Its kind. */
  readonly kind: MetricKind;
  /** What it is. */
  readonly help: string;
  /** The values; none where nothing is known. */
  readonly points: readonly MetricPoint[];
}

/** What a metric is, without its values. */
export type MetricDefinition = Omit<Metric, "points">;
