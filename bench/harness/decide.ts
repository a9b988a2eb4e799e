/** The estimate of a ratio from several generations of processes. */
export interface Estimate {
  /** The ratio: the geometric mean of the generations. */
  readonly ratio: number;
  /** The lower end of its 99 % confidence interval. */
  readonly low: number;
  /** The upper end of its 99 % confidence interval. */
  readonly high: number;
  /** The number of generations. */
  readonly count: number;
}

/** The verdict on whether something has become slower. */
export type Decision = "loss" | "no loss" | "gain" | "undecided";

/** The 99.5th percentiles of Student's distribution, by degrees of freedom. */
const STUDENT: readonly number[] = [
  ...[NaN, 63.66, 9.925, 5.841, 4.604, 4.032, 3.707, 3.499, 3.355, 3.25, 3.169],
  ...[3.106, 3.055, 3.012, 2.977, 2.947, 2.921, 2.898, 2.878, 2.861, 2.845],
  ...[2.831, 2.819, 2.807, 2.797, 2.787, 2.779, 2.771, 2.763, 2.756, 2.75],
];

/**
 * Estimates a ratio from one value of each generation. The generations are independent of
 * each other, which the slices of one generation are not: two processes of one program
 * compile it differently, and stay different as long as they live.
 *
 * @param ratios The ratios, one of each generation.
 */
export function estimate(ratios: readonly number[]): Estimate {
  const count = ratios.length;
  const logs = ratios.map(Math.log);
  const mean = logs.reduce((sum, one) => sum + one, 0) / count;
  const squares = logs.reduce((sum, one) => sum + (one - mean) ** 2, 0);
  const error = Math.sqrt(squares / (count - 1) / count);
  const student = STUDENT[Math.min(count - 1, STUDENT.length - 1)] ?? NaN;
  const margin = student * error;
  return {
    ratio: Math.exp(mean),
    low: Math.exp(mean - margin),
    high: Math.exp(mean + margin),
    count,
  };
}

/**
 * Decides whether there is a loss of a given size. Half of it is the line: there is a loss
 * if the whole confidence interval lies above, and none if all of it lies below.
 *
 * @param found What was found.
 * @param loss The loss to be found, such as 0.1 for 10 %.
 */
export function decide({ low, high }: Estimate, loss: number): Decision {
  const line = 1 + loss / 2;
  if (low > line) return "loss";
  if (high < 1 / line) return "gain";
  return high < line ? "no loss" : "undecided";
}
