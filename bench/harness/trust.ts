import type { MachineLoad } from "./machine_load.ts";
import { type Metric, METRICS, type Ratio } from "./slice.ts";
import type { Spread } from "./statistics.ts";

/** The largest deviation from 1.00 of a client's ratio to itself. */
const TOLERANCE = 0.05;
/** The share of a processor that others may take before wall-clock times are unreliable. */
const FOREIGN_LIMIT = 0.25;

/** Why a metric is not to be trusted, or `null` if it is. */
export type Trust = Readonly<Record<Metric, string | null>>;

/** The evidence from which the reliability of a measurement is judged. */
export interface Evidence {
  /** A client against itself, in two processes; `null` if that was not measured. */
  readonly control: Ratio | null;
  readonly load: MachineLoad;
}

/** Returns whether the median of ratios is 1.00, give or take 0.05. */
export function isSame({ p50 }: Spread): boolean {
  return isOne(p50);
}

/** Returns whether a ratio is 1.00, give or take 0.05. */
export function isOne(ratio: number): boolean {
  // 1.05 is 1.00 ± 0.05, though not as a double.
  return Math.abs(ratio - 1) <= TOLERANCE + Number.EPSILON;
}

/**
 * Judges whether a measurement is to be trusted. Wall-clock times need a machine that is
 * left alone; processor times only need a client that measures the same as itself.
 */
export function judgeTrust({ control, load }: Evidence): Trust {
  const reasons = METRICS.map((metric): [Metric, string | null] => {
    if (control === null) return [metric, "no client measured itself"];
    const spread = control[metric];
    if (!isSame(spread)) {
      const ratio = spread.p50.toFixed(2);
      return [metric, `a client against itself measures ${ratio}`];
    }
    return [metric, metric === "wall" ? othersAtWork(load) : null];
  });
  return Object.fromEntries(reasons) as Record<Metric, string | null>;
}

function othersAtWork({ foreign, stolen }: MachineLoad): string | null {
  const taken = (foreign ?? 0) + (stolen ?? 0);
  if (taken <= FOREIGN_LIMIT) return null;
  return `others keep ${taken.toFixed(2)} processors busy`;
}
