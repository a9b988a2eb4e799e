import { type Spread, spreadOf } from "./statistics.ts";

/** The cost of one slice of work for one client. */
export interface Slice {
  /** The units of work: rows, or for some benches commits or starts. */
  readonly rows: number;
  /** Wall-clock time, in seconds. */
  readonly seconds: number;
  /** Processor time of the whole process, user and system, in seconds. */
  readonly cpuSeconds: number;
}

/** The metrics that can be compared between two slices. */
export type Metric = "wall" | "cpu";

/** The metrics, in the order of the tables. */
export const METRICS: readonly Metric[] = ["wall", "cpu"];

/** The comparison of one client with another. */
export interface Ratio {
  /** Wall-clock time for a row, by the other client's. */
  readonly wall: Spread;
  /** Processor time for a row, by the other client's. */
  readonly cpu: Spread;
}

/** Returns the seconds that a row took. */
export function secondsPerRow(slice: Slice, metric: Metric): number {
  const seconds = metric === "wall" ? slice.seconds : slice.cpuSeconds;
  return seconds / slice.rows;
}

/**
 * Compares two clients, slice by slice. Each ratio is that of two slices of the same
 * round, so what slows the machine down for longer than a round slows both.
 *
 * @param slices The client's slices, one for each round.
 * @param others The other client's slices of the same rounds.
 * @throws {RangeError} If they have not the same number of rounds.
 */
export function compareSlices(
  slices: readonly Slice[],
  others: readonly Slice[],
): Ratio {
  if (slices.length !== others.length) {
    throw new RangeError(
      `Cannot pair ${slices.length} slices with ${others.length}`,
    );
  }
  const ratios = (metric: Metric) =>
    spreadOf(
      slices.map((slice, round) =>
        secondsPerRow(slice, metric) / secondsPerRow(others[round]!, metric)
      ),
    );
  return { wall: ratios("wall"), cpu: ratios("cpu") };
}
