import { assert, assertEquals } from "@std/assert";
import {
  type ConformanceServer,
  startConformanceServer,
} from "./conformance_server.ts";
import type { Outcome, RuntimeName } from "./conformance/context.ts";
import { SUITE } from "./conformance/run_suite.ts";
import { missingRuntime, RUNTIMES } from "./runtimes.ts";
import { tableOf } from "./table.ts";

const results = new Map<RuntimeName, readonly Outcome[]>();
let server: ConformanceServer;
Deno.test.beforeAll(async () => {
  server = await startConformanceServer();
});
Deno.test.afterAll(async () => await server[Symbol.asyncDispose]());

for (const runtime of RUNTIMES) {
  Deno.test({
    name: `the library conforms in ${runtime.name}`,
    // The peers keep their connections until the last runtime is through.
    sanitizeOps: false,
    sanitizeResources: false,
    fn: async (t) => {
      const { name } = runtime;
      const parameters = { ...server.parameters, runtime: name };
      const outcomes = await runtime.run(parameters);
      if (outcomes === null) {
        console.log(`${name} is not tested: ${missingRuntime(name)}`);
        return;
      }
      results.set(name, outcomes);
      for (const { capability, result, detail, ms } of outcomes) {
        await t.step(
          `${capability}: ${result} (${ms} ms)`,
          () => assertEquals(result === "failed" ? detail : "", ""),
        );
      }
      const { peersOnly } = server.parameters;
      const asked = SUITE.filter((one) => !peersOnly || one.peersOnly);
      assertEquals(outcomes.length, asked.length);
    },
  });
}

Deno.test("docs/runtimes.md says what each runtime can do", async () => {
  if (results.size < RUNTIMES.length) return; // not to be had on this system
  const page = await Deno.readTextFile(
    new URL("../../docs/runtimes.md", import.meta.url),
  );
  const words = (text: string) => text.replaceAll(/[\s-]+/g, " ");
  for (const line of tableOf(results)) {
    assert(
      words(page).includes(words(line)),
      `${line} is not there: run deno task runtimes`,
    );
  }
});
