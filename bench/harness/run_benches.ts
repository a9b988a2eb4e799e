import type { Bench, BenchContext } from "./bench.ts";
import type { Contest } from "./contest.ts";
import { Progress, type Screen } from "./progress.ts";
import type { ResultsFile } from "./results.ts";
import type { Laboratory, Runtime } from "./runtimes.ts";
import { Source } from "./source.ts";

/** What to run, and with what. */
export interface RunParts {
  readonly benches: readonly Bench[];
  readonly laboratory: Laboratory;
  readonly effort: BenchContext["effort"];
  /** Gets each result as soon as it is there. */
  readonly file: ResultsFile;
  readonly screen: Screen;
}

/** When to stop to start generations of processes again, in milliseconds from the start. */
const REPEAT_MS = 12 * 60_000;

/**
 * Runs benches, each in each runtime, but for those whose results the file has. One that
 * fails is noted, and the others go on.
 */
export async function runBenches(
  { benches, laboratory, effort, file, screen }: RunParts,
): Promise<void> {
  const { runtimes } = laboratory;
  const progress = new Progress(screen, benches.length * runtimes.length);
  const startedAt = performance.now();
  let source: Source | null = null;
  async function hold(bench: Bench, runtime: Runtime): Promise<Contest> {
    source ??= await Source.start();
    const isLate = performance.now() - startedAt > REPEAT_MS;
    return await bench.run({
      ...{ laboratory, runtime, source },
      effort: isLate ? { ...effort, generations: 1 } : effort,
      onSlice: (taken) => progress.slice(bench, runtime.name, taken),
    });
  }
  try {
    for (const bench of benches) {
      for (const runtime of runtimes) {
        const { group, workload, title } = bench;
        const key = { group, workload, runtime: runtime.name };
        if (file.has(key)) {
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
          const message = error instanceof Error ? error.message : `${error}`;
          await file.addFailure({ ...key, message });
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
