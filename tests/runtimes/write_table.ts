// Writes the table of docs/runtimes.md from a run of the suite in every runtime.
import { fileURLToPath } from "node:url";
import { startConformanceServer } from "./conformance_server.ts";
import type { Outcome, RuntimeName } from "./conformance/context.ts";
import { missingRuntime, RUNTIMES } from "./runtimes.ts";
import { updatePage } from "./table.ts";

const PAGE = fileURLToPath(
  new URL("../../docs/runtimes.md", import.meta.url),
);

await using server = await startConformanceServer();
const results = new Map<RuntimeName, readonly Outcome[]>();
for (const { name, run } of RUNTIMES) {
  console.log(`running the suite in ${name}`);
  const outcomes = await run({ ...server.parameters, runtime: name });
  if (outcomes === null) throw new Error(missingRuntime(name));
  results.set(name, outcomes);
}
const page = await Deno.readTextFile(PAGE);
await Deno.writeTextFile(PAGE, updatePage(page, results));
await new Deno.Command(Deno.execPath(), { args: ["fmt", "-q", PAGE] })
  .output();
