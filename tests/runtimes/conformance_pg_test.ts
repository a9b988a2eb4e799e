import { assertEquals } from "@std/assert";
import {
  type ConformanceServer,
  startConformanceServer,
} from "./conformance_server.ts";
import { SUITE } from "./conformance/run_suite.ts";
import { missingRuntime, RUNTIMES } from "./runtimes.ts";

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
      for (const { capability, result, detail, ms } of outcomes) {
        await t.step(
          `${capability}: ${result} (${ms} ms)`,
          () => assertEquals(result === "failed" ? detail : "", ""),
        );
      }
      assertEquals(outcomes.length, SUITE.length);
    },
  });
}
