import type { Bench, BenchContext } from "./bench.ts";
import type { Contest } from "./contest.ts";
import { Progress, type Screen } from "./progress.ts";
import type { ResultsFile } from "./results.ts";
import type { Laboratory, Runtime } from "./runtimes.ts";
import { Source } from "./source.ts";
import { TimeBudget } from "./time_budget.ts";

/** The benches to run, and their environment. */
export interface RunParts {
  readonly benches: readonly Bench[];
  readonly laboratory: Laboratory;
  readonly effort: BenchContext["effort"];
  /** Gets each result as soon as it is there. */
  readonly file: ResultsFile;
  readonly screen: Screen;
  /** Stops the run, after the slice that is being taken. */
  readonly signal?: AbortSignal;
}

/**
 * Runs benches, each in each runtime, but for those whose results the file has. One that
 * fails is noted, and the others go on.
 *
 * @throws The signal's reason if the run was stopped.
 */
export async function runBenches(
  { benches, laboratory, effort, file, screen, signal }: RunParts,
): Promise<void> {
  const { runtimes } = laboratory;
  const contests = benches.length * runtimes.length;
  const progress = new Progress(screen, contests);
  const budget = new TimeBudget(effort.minutes * 60, contests);
  const startedAt = performance.now();
  const elapsed = () => (performance.now() - startedAt) / 1000;
  let source: Source | null = null;
  async function hold(bench: Bench, runtime: Runtime): Promise<Contest> {
    source ??= await Source.start();
    let repeated = 0;
    const heldAt = elapsed();
    const contest = await bench.run({
      ...{ laboratory, runtime, source, effort },
      onSlice: (taken) => {
        progress.slice(bench, runtime.name, taken);
        signal?.throwIfAborted();
      },
      mayRepeat: (seconds) => {
        const isTime = budget.mayRepeat(elapsed(), seconds);
        if (isTime) repeated += seconds;
        return isTime;
      },
    });
    budget.add(elapsed() - heldAt - repeated);
    return contest;
  }
  try {
    for (const bench of benches) {
      for (const runtime of runtimes) {
        const { group, workload, title } = bench;
        const key = { group, workload, runtime: runtime.name };
        signal?.throwIfAborted();
        if (file.has(key)) {
          budget.skip();
          progress.keep(bench, runtime.name);
          continue;
        }
        try {
          const contest = await hold(bench, runtime);
          const at = new Date().toISOString();
          const measurement = { ...key, title, at, ...contest };
          await file.add(measurement);
          progress.held(bench, measurement);
        } catch (error) {
          signal?.throwIfAborted();
          const message = error instanceof Error ? error.message : `${error}`;
          await file.addFailure({ ...key, message });
          budget.skip();
          progress.failed(bench, runtime.name, message);
          // Whatever it has left behind goes with its server.
          await (source as Source | null)?.[Symbol.asyncDispose]();
          source = null;
        }
      }
    }
  } finally {
    await (source as Source | null)?.[Symbol.asyncDispose]();
  }
}
