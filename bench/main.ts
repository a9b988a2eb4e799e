/**
 * Measures Walbrook beside other clients. Run it by `deno task bench`.
 *
 * @module
 */
import { BENCHES } from "./benches/mod.ts";
import { ResultsFile } from "./harness/results.ts";
import { runBenches } from "./harness/run_benches.ts";
import { namesOf, readRunOptions, USAGE } from "./harness/run_options.ts";
import { openLaboratory } from "./harness/runtimes.ts";
import { folderOfResults, revisionOf } from "./harness/repository.ts";
import { publish, sections } from "./report/publish.ts";

async function main(args: readonly string[]): Promise<void> {
  if (args.includes("--help")) return console.log(USAGE);
  if (args.includes("--list")) {
    return console.log(namesOf(BENCHES).join("\n"));
  }
  const options = readRunOptions(args, BENCHES);
  const { benches, effort } = options;
  const path = `${await folderOfResults()}/${options.effortName}.json`;
  await using laboratory = await openLaboratory(options.runtimes);
  const run = { revision: await revisionOf(), effort: options.effortName };
  const file = options.resume
    ? await ResultsFile.resume(path, run)
    : ResultsFile.begin(path, laboratory, run);
  const screen = {
    isTerminal: Deno.stdout.isTerminal(),
    write: (line: string) => console.log(line),
  };
  await runBenches({ benches, laboratory, effort, file, screen });
  const { results } = file;
  const parts = Object.values(sections(results)).filter((one) => one !== "");
  console.log(`\n${parts.join("\n\n")}\n\nThe results are in ${path}`);
  if (options.publish) await publish(results);
  if (results.failures.length > 0) Deno.exitCode = 1;
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
