import { type Capture, capture } from "../capture.ts";
import { REFERENCE, startAll } from "../harness/contest.ts";
import {
  decide,
  type Decision,
  type Estimate,
  estimate,
} from "../harness/decide.ts";
import { interleave } from "../harness/interleave.ts";
import { type MachineLoad, watchLoad } from "../harness/machine_load.ts";
import type { Build, Laboratory } from "../harness/runtimes.ts";
import {
  compareSlices,
  type Metric,
  type Ratio,
  secondsPerRow,
  type Slice,
} from "../harness/slice.ts";
import type { Source } from "../harness/source.ts";
import { isOne } from "../harness/trust.ts";
import { sizeOf, type Workload } from "../workloads/workload.ts";
import { Replayer } from "./replayer.ts";

/** The workload on which two builds are compared. */
export interface BuildContest {
  readonly workload: Workload;
  readonly laboratory: Laboratory;
  readonly source: Source;
  /** The build to compare this checkout with. */
  readonly base: Build;
}

/** The limits of a comparison. */
export interface CompareOptions {
  /** The loss to be found, such as 0.1 for 10 %. */
  readonly loss: number;
  /** How many generations of processes to start at the most. */
  readonly most: number;
  /**
   * The part of the rows to take, from 0 to 1.
   *
   * @default {1}
   */
  readonly scale?: number;
  /**
   * The slices of each process.
   *
   * @default {12}
   */
  readonly rounds?: number;
  /**
   * The processor time of a slice, in milliseconds.
   *
   * @default {25}
   */
  readonly sliceMs?: number;
  /**
   * The processor time until a process is warm, in milliseconds.
   *
   * @default {1000}
   */
  readonly warmUpMs?: number;
  /** Is told of each result as soon as it is there. */
  readonly onFound: (found: Found) => void;
}

/** The comparison of two builds in one runtime. */
export interface Found {
  readonly workload: string;
  readonly runtime: string;
  /** This checkout's processor time for a row, by the mean of the base's two processes. */
  readonly cpu: Estimate;
  /** The same by the clock on the wall. */
  readonly wall: Estimate;
  /** The processor time of the base, by that of the base in another process. */
  readonly control: Estimate;
  readonly load: MachineLoad;
  readonly decision: Decision | "not to be trusted";
}

/** As many generations as an interval needs to say anything. */
const LEAST = 5;

/**
 * Compares this checkout with another build, in each runtime. Processes of both, and a
 * second one of the base, take turns in short slices; then all of them are started again,
 * until there is an answer.
 */
export async function compareBuilds(
  { workload, laboratory, source, base }: BuildContest,
  options: CompareOptions,
): Promise<void> {
  const { folder, build } = laboratory;
  const { scale = 1 } = options;
  const size = sizeOf(workload, "replayed", scale);
  const prepared = await source.prepare(workload, size);
  // Each build asks the server in its own way, so each gets answers of its own.
  const [bases, heads] = [
    await capture(source, prepared, { build: base, folder }),
    await capture(source, prepared, { build, folder }),
  ];
  await source.remove(workload);
  for (const runtime of laboratory.runtimes) {
    const sides: readonly Side[] = [
      { name: "base", build: base, capture: bases },
      { name: "head", build, capture: heads },
      { name: "base, again", build: base, capture: bases },
    ];
    const open = () =>
      startAll(sides.map((side) => () =>
        Replayer.start({
          ...{ client: REFERENCE, sliceMs: 25, warmUpMs: 1000 },
          ...options,
          ...side,
          ...{ runtime, laboratory },
        })
      ));
    const found = await compareIn(open, options);
    const names = { workload: workload.name, runtime: runtime.name };
    options.onFound({ ...names, ...found });
  }
}

interface Side {
  readonly name: string;
  readonly build: Build;
  readonly capture: Capture;
}

async function compareIn(
  open: () => Promise<Replayer[]>,
  { loss, most, rounds = 12 }: CompareOptions,
): Promise<Omit<Found, "workload" | "runtime">> {
  const watch = watchLoad();
  const ratios: Ratio[] = [];
  const controls: Ratio[] = [];
  for (;;) {
    const replayers = await open();
    for (const one of replayers) await one.warmUp();
    const taken = await interleave(replayers, { rounds });
    for (const one of replayers) await one[Symbol.asyncDispose]();
    const [base = [], head = [], again = []] = replayers.map((one) =>
      taken.get(one)!
    );
    ratios.push(compareSlices(head, between(base, again)));
    controls.push(compareSlices(again, base));
    const enough = ratios.length >= most;
    if (ratios.length < LEAST && !enough) continue;
    const cpu = estimate(ratios.map((one) => one.cpu.p50));
    const wall = estimate(ratios.map((one) => one.wall.p50));
    const control = estimate(controls.map((one) => one.cpu.p50));
    const isSame = isOne(control.ratio);
    const decision = decide(cpu, loss);
    if (!enough && (!isSame || decision === "undecided")) continue;
    return {
      ...{ cpu, wall, control, load: watch.stop() },
      decision: isSame ? decision : "not to be trusted",
    };
  }
}

// This checkout has its turns in the middle, so what depends on the place is not taken
// for a difference between the builds; and of two processes one may be a lucky one.
function between(base: readonly Slice[], again: readonly Slice[]): Slice[] {
  return base.map((slice, round) => {
    const both = [slice, again[round]!];
    const mean = (metric: Metric) =>
      both.reduce((sum, one) => sum + secondsPerRow(one, metric), 0) / 2;
    return { rows: 1, seconds: mean("wall"), cpuSeconds: mean("cpu") };
  });
}

/** Writes what was found in a line. */
export function describe(
  { workload, runtime, cpu, wall, control, load, decision }: Found,
): string {
  const write = ({ ratio, low, high }: Estimate) =>
    `${ratio.toFixed(3)} (${low.toFixed(3)} to ${high.toFixed(3)})`;
  return `${workload}, ${runtime}: ${decision}: processor time ${
    write(cpu)
  } of the base's, the base with itself ${write(control)}, wall clock ${
    write(wall)
  }; ${cpu.count} generations, ${Math.round(load.seconds)} s, others kept ${
    load.foreign?.toFixed(2) ?? "?"
  } processors busy`;
}
