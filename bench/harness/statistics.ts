/** The distribution of the values of a sample. */
export interface Spread {
  /** The 10th percentile. */
  readonly p10: number;
  /** The lower quartile. */
  readonly p25: number;
  /** The median. */
  readonly p50: number;
  /** The upper quartile. */
  readonly p75: number;
  /** The 90th percentile. */
  readonly p90: number;
  /** The number of values. */
  readonly count: number;
}

/**
 * Returns a quantile, interpolated linearly between the two values next to it.
 *
 * @param values The sample, in any order.
 * @param part The part of the sample that lies below, from 0 to 1.
 * @returns The quantile, or `NaN` for an empty sample.
 */
export function quantile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const at = part * (sorted.length - 1);
  const low = sorted[Math.floor(at)] ?? NaN;
  const high = sorted[Math.ceil(at)] ?? NaN;
  return low + (high - low) * (at - Math.floor(at));
}

/** Returns the median of a sample. */
export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** Returns the spread of a sample. */
export function spreadOf(values: readonly number[]): Spread {
  return {
    p10: quantile(values, 0.1),
    p25: quantile(values, 0.25),
    p50: median(values),
    p75: quantile(values, 0.75),
    p90: quantile(values, 0.9),
    count: values.length,
  };
}

/**
 * Returns the spread of what a function makes of each value.
 *
 * @param spread The spread of the values.
 * @param change The function, which must keep their order.
 */
export function mapSpread(
  { p10, p25, p50, p75, p90, count }: Spread,
  change: (value: number) => number,
): Spread {
  return {
    p10: change(p10),
    p25: change(p25),
    p50: change(p50),
    p75: change(p75),
    p90: change(p90),
    count,
  };
}

/** Returns the spread of one divided by each value. */
export function invert(spread: Spread): Spread {
  return {
    p10: 1 / spread.p90,
    p25: 1 / spread.p75,
    p50: 1 / spread.p50,
    p75: 1 / spread.p25,
    p90: 1 / spread.p10,
    count: spread.count,
  };
}
