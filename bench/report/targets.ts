import { DECODING, FLOOR } from "../benches/follow.ts";
import { PSQL } from "../benches/psql.ts";
import { BARE_SOCKET, ONE_COPY } from "../clients/copy/mod.ts";
import { BINARY, BY_HAND, BYTES, DELIVERING } from "../clients/mod.ts";
import { REFERENCE } from "../harness/contest.ts";
import type { GroupName } from "../harness/bench.ts";
import type { Measurement, Results } from "../harness/results.ts";
import type { RuntimeName } from "../harness/runtimes.ts";
import type { Metric } from "../harness/slice.ts";
import { invert, mapSpread, type Spread } from "../harness/statistics.ts";
import {
  bestOther,
  type Comparison,
  comparisonWith,
  NATIVE,
} from "./comparison.ts";

/** The target of a measurement. */
export interface Target {
  /** What it says, without the figure. */
  readonly what: string;
  readonly group: GroupName;
  readonly workloads: readonly string[];
  /** What is measured; `null` if it is a plain figure, on which no clock has a say. */
  readonly metric: Metric | null;
  /** The least that it has to be. */
  readonly atLeast?: number;
  /** The most that it may be. */
  readonly atMost?: number;
  /** Finds the figure, and how far it spreads. */
  find(measurement: Measurement): Spread | null;
}

/** The verdict on a target. */
export type Outcome = "met" | "missed" | "not to be trusted";

/** A target, and what was found of it. */
export interface Verdict {
  readonly target: Target;
  readonly workload: string;
  readonly runtime: RuntimeName;
  readonly found: Spread;
  readonly outcome: Outcome;
  /** Why it is not to be trusted, or `null`. */
  readonly doubt: string | null;
}

const NARROW_KINDS: readonly string[] = ["narrow", "one_row", "huge"];

/** The targets. */
export const TARGETS: readonly Target[] = [
  {
    what: "decoding, rows a second by the best other client's",
    group: "decode",
    workloads: ["narrow", "one_row"],
    metric: "wall",
    atLeast: 4,
    find: (measurement) => speed(bestOther(measurement, "wall")),
  },
  {
    what: "decoding, rows a second by the best other client's",
    group: "decode",
    workloads: ["wide"],
    metric: "wall",
    atLeast: 2.5,
    find: (measurement) => speed(bestOther(measurement, "wall")),
  },
  {
    what: "decoding, processor time by that of a decoder written by hand",
    group: "decode",
    workloads: ["narrow", "one_row"],
    metric: "cpu",
    atMost: 1.2,
    find: (measurement) => cost(comparisonWith(measurement, BY_HAND)),
  },
  {
    what: "decoding, processor time of text by that of binary",
    group: "decode",
    workloads: ["narrow", "wide", "one_row"],
    metric: "cpu",
    atLeast: 1,
    find: (measurement) => cost(comparisonWith(measurement, BINARY)),
  },
  {
    what: "delivering, µs of processor time that deliver() adds to a row",
    group: "deliver",
    workloads: ["deliver"],
    metric: "cpu",
    atMost: 2,
    find: (measurement) => added(measurement, DELIVERING),
  },
  {
    what: "end to end, rows a second by pg_recvlogical's",
    group: "follow",
    workloads: NARROW_KINDS,
    metric: "wall",
    atLeast: 1.5,
    find: (measurement) => speed(comparisonWith(measurement, NATIVE)),
  },
  {
    what: "end to end, rows a second by pg_recvlogical's",
    group: "follow",
    workloads: ["wide"],
    metric: "wall",
    atLeast: 1.25,
    find: (measurement) => speed(comparisonWith(measurement, NATIVE)),
  },
  {
    what: "end to end, processor time by the best other client's",
    group: "follow",
    workloads: [...NARROW_KINDS, "wide"],
    metric: "cpu",
    atMost: 0.5,
    find: (measurement) => cost(bestOther(measurement, "cpu")),
  },
  {
    what: `end to end, processor time by that of ${FLOOR}`,
    group: "follow",
    workloads: NARROW_KINDS,
    metric: "cpu",
    atMost: 1.1,
    find: (measurement) => cost(comparisonWith(measurement, FLOOR)),
  },
  {
    what: `end to end, processor time by that of ${FLOOR}`,
    group: "follow",
    workloads: ["wide"],
    metric: "cpu",
    atMost: 1,
    find: (measurement) => cost(comparisonWith(measurement, FLOOR)),
  },
  {
    what: "end to end, the most memory in MB",
    group: "follow",
    workloads: ["huge"],
    metric: null,
    atMost: 100,
    find: (measurement) => value(measurement, "peakMegabytes"),
  },
  {
    what: "latency, p50 by the best other client's",
    group: "latency",
    workloads: ["latency"],
    metric: "wall",
    atMost: 1.05,
    find: (measurement) => cost(bestOther(measurement, "wall"), "wall"),
  },
  {
    what: "cold start, first event by pg-logical-replication's",
    group: "cold_start",
    workloads: ["cold_start"],
    metric: "wall",
    atMost: 1,
    find: (measurement) =>
      cost(comparisonWith(measurement, "pg-logical-replication"), "wall"),
  },
  {
    what: "cold start, round trips before the stream",
    group: "cold_start",
    workloads: ["cold_start"],
    metric: null,
    atMost: 8,
    find: (measurement) => value(measurement, "roundTrips"),
  },
  {
    what: "initial copy as objects, processor time by the best cursor's",
    group: "snapshot",
    workloads: ["copy_objects"],
    metric: "cpu",
    atMost: 0.75,
    find: (measurement) => cost(bestOther(measurement, "cpu")),
  },
  {
    what: "bytes of a COPY, wall-clock time by psql's",
    group: "snapshot",
    workloads: ["copy_bytes"],
    metric: "wall",
    atMost: 1.5,
    find: (measurement) => cost(comparisonWith(measurement, PSQL), "wall"),
  },
  {
    what: `bytes of a COPY, processor time by that of a ${BARE_SOCKET}`,
    group: "snapshot",
    workloads: ["copy_bytes"],
    metric: "cpu",
    atMost: 1.3,
    find: (measurement) => cost(comparisonWith(measurement, BARE_SOCKET)),
  },
  {
    what: `initial copy, the server's processor time by that of ${ONE_COPY}`,
    group: "snapshot",
    workloads: ["copy_server"],
    metric: "cpu",
    atMost: 1.15,
    find: (measurement) => cost(comparisonWith(measurement, ONE_COPY)),
  },
  {
    what: "100 subscriptions, MB above one",
    group: "subscriptions",
    workloads: ["subscriptions_100"],
    metric: null,
    atMost: 100,
    find: (measurement) => value(measurement, "moreMegabytes"),
  },
  {
    what: "100 subscriptions at rest, ms of processor time a second",
    group: "subscriptions",
    workloads: ["subscriptions_100"],
    metric: "cpu",
    atMost: 5,
    find: ({ entries }) => {
      const entry = entries.find(({ client }) => client === REFERENCE);
      return entry
        ? mapSpread(entry.cpuMicroseconds, (value) => value / 1000)
        : null;
    },
  },
];

/** The clients that are no rivals, but show where the time goes. */
export const FLOORS: readonly string[] = [BYTES, BY_HAND, DECODING, FLOOR];

/** Judges all targets by what a run has found. */
export function judgeTargets({ measurements }: Results): Verdict[] {
  return TARGETS.flatMap((target) =>
    measurements.filter(({ group, workload }) =>
      group === target.group && target.workloads.includes(workload)
    ).flatMap((measurement) => judge(target, measurement))
  );
}

/**
 * Judges a target. "At least" is met when the lower quartile meets it, "at most" when the
 * upper quartile does.
 */
export function judge(target: Target, measurement: Measurement): Verdict[] {
  const found = target.find(measurement);
  if (found === null) return [];
  const { workload, runtime, trust } = measurement;
  const { metric, atLeast = -Infinity, atMost = Infinity } = target;
  const isMet = found.p25 >= atLeast && found.p75 <= atMost;
  const doubt = metric === null ? null : trust[metric];
  const outcome = doubt !== null
    ? "not to be trusted"
    : isMet
    ? "met"
    : "missed";
  return [{ target, workload, runtime, found, outcome, doubt }];
}

// How many times as many rows a second, with a spread.
function speed(comparison: Comparison | null): Spread | null {
  return comparison && invert(comparison.ratio.wall);
}

function cost(
  comparison: Comparison | null,
  metric: Metric = "cpu",
): Spread | null {
  return comparison && comparison.ratio[metric];
}

// The processor time above the reference's, in microseconds a row: by the ratios of paired
// slices, since single slices are not published.
function added(
  { entries, ratios }: Measurement,
  client: string,
): Spread | null {
  const reference = entries.find((one) => one.client === REFERENCE);
  const ratio = ratios[client];
  if (reference === undefined || ratio === undefined) return null;
  const { p50 } = reference.cpuMicroseconds;
  return mapSpread(invert(ratio.cpu), (times) => (times - 1) * p50);
}

function value({ entries }: Measurement, name: string): Spread | null {
  const found = entries.find(({ client }) => client === REFERENCE)
    ?.values[name];
  if (found === undefined) return null;
  const [p10, p25, p50, p75, p90] = [found, found, found, found, found];
  return { p10, p25, p50, p75, p90, count: 1 };
}
