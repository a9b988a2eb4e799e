import { parseArgs } from "@std/cli/parse-args";
import { type Bench, type Effort, FULL, QUICK } from "./bench.ts";
import { type RuntimeName, RUNTIMES } from "./runtimes.ts";

/** The options of a run. */
export interface RunOptions {
  /** The benches to run. */
  readonly benches: readonly Bench[];
  /** The runtimes to run them in. */
  readonly runtimes: readonly RuntimeName[];
  readonly effort: Effort;
  /** The name of the effort. */
  readonly effortName: string;
  /** The name of the file of the results: one for each selection. */
  readonly fileName: string;
  /** Whether to go on with the run before, if there is one of the same revision. */
  readonly resume: boolean;
  /** Whether to write the results into the documentation. */
  readonly publish: boolean;
}

/** The benches of `--quick`: those that show a slowdown soonest. */
const QUICK_BENCHES: readonly string[] = ["narrow", "wide", "one_row"];

/** The usage text of the task. */
export const USAGE = `Usage: deno task bench [options]

  --only NAMES   groups, workloads and runtimes, such as narrow,node or latency
  --quick        the decoding of three workloads, in a minute
  --resume       go on with the run of the same options that was stopped
  --publish      write the tables and charts of what was measured into docs/
  --list         show the names for --only
`;

/**
 * Reads the arguments of the task.
 *
 * @param args The arguments.
 * @param benches All benches that there are.
 * @throws {TypeError} If there is no such option or name.
 */
export function readRunOptions(
  args: readonly string[],
  benches: readonly Bench[],
): RunOptions {
  const found = parseArgs([...args], {
    boolean: ["quick", "resume", "publish"],
    string: ["only"],
    unknown: (option) => {
      throw new TypeError(`Cannot take "${option}"\n\n${USAGE}`);
    },
  });
  const names = found.only?.split(",").map((name) => name.toLowerCase()) ?? [];
  const known = namesOf(benches);
  for (const name of names) {
    if (known.includes(name)) continue;
    throw new TypeError(
      `Cannot find "${name}": expected some of ${known.join(", ")}`,
    );
  }
  const effortName = found.quick ? "quick" : "full";
  const isNamed = (name: string) => names.includes(name.toLowerCase());
  const runtimes = RUNTIMES.filter(isNamed);
  const groups = benches.filter(({ group }) => isNamed(group));
  const workloads = benches.filter(({ workload }) => isNamed(workload));
  const chosen = choose(benches, groups, workloads);
  return {
    benches: found.quick && names.length === runtimes.length
      ? chosen.filter(isQuick)
      : chosen,
    runtimes: runtimes.length > 0 ? runtimes : RUNTIMES,
    effort: found.quick ? QUICK : FULL,
    effortName,
    fileName: [effortName, ...names.toSorted()].join("_"),
    resume: found.resume,
    publish: found.publish,
  };
}

/** The names that `--only` takes. */
export function namesOf(benches: readonly Bench[]): string[] {
  return [
    ...new Set([
      ...benches.map(({ group }) => group),
      ...benches.map(({ workload }) => workload),
      ...RUNTIMES.map((name) => name.toLowerCase()),
    ]),
  ];
}

// A group and a workload together mean that workload in that group: follow,narrow.
function choose(
  all: readonly Bench[],
  groups: readonly Bench[],
  workloads: readonly Bench[],
): readonly Bench[] {
  if (groups.length === 0 && workloads.length === 0) {
    return all.filter(({ isApart = false }) => !isApart);
  }
  const both = groups.filter((bench) => workloads.includes(bench));
  if (both.length > 0) return both;
  return all.filter((one) => groups.includes(one) || workloads.includes(one));
}

function isQuick({ group, workload }: Bench): boolean {
  return group === "decode" && QUICK_BENCHES.includes(workload);
}
