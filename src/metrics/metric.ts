/** A cumulative value, one that rises and falls, or a distribution. */
export type MetricKind = "counter" | "gauge" | "histogram";

/** A distribution of durations. */
export interface Histogram {
  /** The upper limits of the buckets, ascending, in the metric's unit; without infinity. */
  readonly bounds: readonly number[];
  /**
   * The number of values in each bucket (not cumulative); one more than `bounds`, for the
   * rest.
   */
  readonly counts: readonly number[];
  /** The sum of all values. */
  readonly sum: number;
}

/** One value of a metric, with its attributes. */
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
  /** The unit in UCUM notation: `By`, `s`, `1`, `{event}`. */
  readonly unit: string;
  /** Its kind. */
  readonly kind: MetricKind;
  /** The description. */
  readonly help: string;
  /** The values; empty if nothing is known. */
  readonly points: readonly MetricPoint[];
}

/** A metric without its values. */
export type MetricDefinition = Omit<Metric, "points">;
