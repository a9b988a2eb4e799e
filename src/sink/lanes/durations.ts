/** A distribution of durations, in seconds. */
export interface WriteDurations {
  /** The upper limits of the buckets, ascending; without infinity. */
  readonly bounds: readonly number[];
  /** The number of durations in each bucket; one more than `bounds`, for the longest. */
  readonly counts: readonly number[];
  /** The sum of all durations. */
  readonly sum: number;
  /** The median of the last 512; `null` before the first. */
  readonly p50: number | null;
  /** The 99th percentile of the last 512; `null` before the first. */
  readonly p99: number | null;
}

/** The number of durations from which percentiles are computed. */
const RECENT = 512;

/**
 * The limits that OpenTelemetry recommends for `messaging.client.operation.duration`, and one
 * for destinations that run into their timeout.
 */
const BOUNDS: readonly number[] = [
  ...[0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75],
  ...[1, 2.5, 5, 7.5, 10, 30],
];

/** Collects durations. */
export class Durations {
  readonly #counts: number[] = new Array(BOUNDS.length + 1).fill(0);
  #sum = 0;
  // A ring: the oldest is overwritten.
  readonly #recent = new Float64Array(RECENT);
  #added = 0;

  /** Adds a duration, in seconds. */
  add(seconds: number): void {
    const at = BOUNDS.findIndex((bound) => seconds <= bound);
    this.#counts[at < 0 ? BOUNDS.length : at]!++;
    this.#sum += seconds;
    this.#recent[this.#added++ % RECENT] = seconds;
  }

  /** The distribution so far. */
  snapshot(): WriteDurations {
    const recent = this.#recent.slice(0, this.#added).sort();
    return {
      ...{ bounds: BOUNDS, counts: [...this.#counts], sum: this.#sum },
      p50: percentile(recent, 0.5),
      p99: percentile(recent, 0.99),
    };
  }
}

// Returns the smallest value that this part of the values does not exceed.
function percentile(sorted: Float64Array, part: number): number | null {
  return sorted[Math.max(0, Math.ceil(sorted.length * part) - 1)] ?? null;
}
