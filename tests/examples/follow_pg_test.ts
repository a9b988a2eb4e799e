import { assert, assertEquals } from "@std/assert";
import { sharedServer } from "../helpers/postgres.ts";
import { findProgram, type Program } from "../runtimes/binaries.ts";
import { fileURLToPath } from "node:url";

const EXAMPLE = fileURLToPath(
  new URL("../../examples/follow.ts", import.meta.url),
);

const context = sharedServer();

Deno.test("examples/follow.ts runs from a clone as it is", async (t) => {
  const { sql, server } = context;
  await sql(
    "CREATE TABLE page (id bigint PRIMARY KEY, body text); CREATE PUBLICATION pages FOR TABLE page",
  );
  for (const runtime of ["deno", "node22", "node24", "bun"] as const) {
    const command = await commandOf(runtime);
    if (command === null) {
      console.log(`${runtime} is not tested: npm has none for this system`);
      continue;
    }
    await t.step(runtime, async () => {
      const args = [EXAMPLE, server.url, `follow_${runtime}`, "pages"];
      assertEquals(await run([...command, ...args]), []);
      await sql(
        "INSERT INTO page VALUES (1, 'ä'); UPDATE page SET body = NULL; DELETE FROM page",
      );
      assertEquals(await run([...command, ...args]), [
        { insert: "page", row: { id: "1", body: "ä" } },
        { update: "page", row: { id: "1", body: null } },
        { delete: "page", row: { id: "1" } },
      ]);
    });
  }
});

async function commandOf(
  runtime: Program | "deno",
): Promise<readonly string[] | null> {
  if (runtime === "deno") return [Deno.execPath(), "run", "-A", "--no-check"];
  const path = await findProgram(runtime);
  return path === null ? null : [path];
}

async function run(
  [program = "", ...args]: readonly string[],
): Promise<unknown[]> {
  const { success, stdout, stderr } = await new Deno.Command(program, { args })
    .output();
  const text = new TextDecoder();
  assert(success, text.decode(stderr));
  const lines = text.decode(stdout).split("\n").filter((line) => line !== "");
  return lines.map((line) => JSON.parse(line));
}
