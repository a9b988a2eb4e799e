import { CONTROL, type Entry, REFERENCE } from "../harness/contest.ts";
import type { Measurement } from "../harness/results.ts";
import type { Metric, Ratio } from "../harness/slice.ts";
import type { Spread } from "../harness/statistics.ts";

/** Clients of JavaScript that are not Walbrook's. */
const OTHERS: readonly string[] = [
  "pg-logical-replication",
  "pgwire",
  "postgres",
  "pg-cursor",
  "postgres, cursor",
];

/** PostgreSQL's own client. */
export const NATIVE = "pg_recvlogical";

/** The comparison of Walbrook with one client. */
export interface Comparison {
  /** The other client. */
  readonly client: string;
  /** Walbrook's time for a row, by the other client's. */
  readonly ratio: Ratio;
}

/**
 * Finds the client of JavaScript that takes the least, and how Walbrook compares with it.
 *
 * @param measurement Where to look.
 * @param metric What it is to take the least of.
 * @returns The comparison, or `null` if no such client was measured.
 */
export function bestOther(
  { entries, ratios }: Pick<Measurement, "entries" | "ratios">,
  metric: Metric,
): Comparison | null {
  const [best] = entries.filter(({ client }) => OTHERS.includes(client))
    .toSorted((a, b) => spreadOf(a, metric).p50 - spreadOf(b, metric).p50);
  const ratio = best && ratios[best.client];
  return ratio === undefined ? null : { client: best!.client, ratio };
}

/** Finds how Walbrook compares with one client, or `null` if that was not measured. */
export function comparisonWith(
  { ratios }: Pick<Measurement, "ratios">,
  client: string,
): Comparison | null {
  const ratio = ratios[client];
  return ratio === undefined ? null : { client, ratio };
}

/** Returns whether a client is another form of Walbrook: another view, or the control. */
export function isOurs(client: string): boolean {
  return client.startsWith(REFERENCE);
}

/** Returns whether a client is only the control of another. */
export function isControl(client: string): boolean {
  return client === CONTROL;
}

/** The time for a row that a client took, in microseconds. */
export function spreadOf(
  { wallMicroseconds, cpuMicroseconds }: Pick<
    Entry,
    "wallMicroseconds" | "cpuMicroseconds"
  >,
  metric: Metric,
): Spread {
  return metric === "wall" ? wallMicroseconds : cpuMicroseconds;
}
