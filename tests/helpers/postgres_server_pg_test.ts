// Not by way of ./postgres.ts, which keeps what its servers have in common.
import { assertEquals, assertStringIncludes } from "@std/assert";
import { startPostgres } from "../../examples/demo/postgres_server.ts";

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}

Deno.test("PostgresServer leaves nothing behind, and shares its programs", async () => {
  const first = await startPostgres({ copied: true });
  const second = await startPostgres({ copied: true });
  const shared = first.dataDirectory.replace(/\/[^/]*\/data$/, "");
  assertStringIncludes(second.dataDirectory, shared);
  await first[Symbol.asyncDispose]();
  assertEquals(await exists(first.dataDirectory), false);
  assertEquals(await exists(second.dataDirectory), true);
  await second[Symbol.asyncDispose]();
  await second[Symbol.asyncDispose]();
  assertEquals(await exists(shared), false);
});
