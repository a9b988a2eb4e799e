/**
 * Measures Walbrook beside other clients. Run it by `deno task bench`.
 *
 * @module
 */
import { BENCHES } from "./benches/mod.ts";
import { folderOfResults, revisionOf } from "./harness/repository.ts";
import { ResultsFile } from "./harness/results.ts";
import { runBenches } from "./harness/run_benches.ts";
import {
  namesOf,
  readRunOptions,
  type RunOptions,
  USAGE,
} from "./harness/run_options.ts";
import { type Laboratory, openLaboratory } from "./harness/runtimes.ts";
import { publish, sections } from "./report/publish.ts";

/** The exit status of a run that was stopped by Ctrl-C. */
const STOPPED = new Error("Stopped");

async function main(args: readonly string[]): Promise<void> {
  if (args.includes("--help")) return console.log(USAGE);
  if (args.includes("--list")) {
    return console.log(namesOf(BENCHES).join("\n"));
  }
  const options = readRunOptions(args, BENCHES);
  const { benches, effort, fileName } = options;
  const path = `${await folderOfResults()}/${fileName}.json`;
  await using laboratory = await openLaboratory(options.runtimes);
  const file = await openFile(path, laboratory, options);
  const screen = {
    isTerminal: Deno.stdout.isTerminal(),
    write: (line: string) => console.log(line),
  };
  using interrupt = onInterrupt();
  const { signal } = interrupt;
  try {
    await runBenches({ benches, laboratory, effort, file, screen, signal });
  } catch (error) {
    if (error !== STOPPED) throw error;
    Deno.exitCode = 130;
    const { length } = file.results.measurements;
    return console.log(
      `Stopped. ${path} has ${length} measurements; --resume goes on with them`,
    );
  }
  const { results } = file;
  const parts = Object.values(sections(results)).filter((one) => one !== "");
  console.log(`\n${parts.join("\n\n")}\n\nThe results are in ${path}`);
  if (options.publish) await publish(results);
  if (results.failures.length > 0) Deno.exitCode = 1;
}

async function openFile(
  path: string,
  laboratory: Laboratory,
  { resume, publish, effortName }: RunOptions,
): Promise<ResultsFile> {
  const run = { revision: await revisionOf(), effort: effortName };
  let kept: ResultsFile | null = null;
  try {
    if (resume) kept = await ResultsFile.resume(path, run);
  } catch (error) {
    // What is published has to be of this revision.
    if (!publish || !(error instanceof Error)) throw error;
    console.log(`${error.message}: everything is measured`);
  }
  return kept ?? ResultsFile.begin(path, laboratory, run);
}

// The first Ctrl-C stops the run in its order, the second one at once.
function onInterrupt(): Disposable & { readonly signal: AbortSignal } {
  const controller = new AbortController();
  function stop(): void {
    if (controller.signal.aborted) Deno.exit(130);
    console.log("Stops after this slice; once more stops at once");
    controller.abort(STOPPED);
  }
  Deno.addSignalListener("SIGINT", stop);
  return {
    signal: controller.signal,
    [Symbol.dispose]: () => Deno.removeSignalListener("SIGINT", stop),
  };
}

if (import.meta.main) {
  try {
    await main(Deno.args);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    console.error(error.message);
    Deno.exitCode = 2;
  }
}
