/** A distribution of durations, in seconds. */
export interface WriteDurations {
  /** The upper limits of the buckets, ascending; without infinity. */
  readonly bounds: readonly number[];
  /** The number of durations in each bucket; one more than `bounds`, for the longest. */
  readonly counts: readonly number[];
  /** The sum of all durations. */
  readonly sum: number;
}

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

  /** Adds a duration, in seconds. */
  add(seconds: number): void {
    const at = BOUNDS.findIndex((bound) => seconds <= bound);
    this.#counts[at < 0 ? BOUNDS.length : at]!++;
    this.#sum += seconds;
  }

  /** The distribution so far. */
  snapshot(): WriteDurations {
    return { bounds: BOUNDS, counts: [...this.#counts], sum: this.#sum };
  }
}
