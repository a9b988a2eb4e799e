import { assertEquals } from "@std/assert";
import { testOnPostgres } from "../helpers/postgres.ts";
import { jsonOf, spawnCli } from "./run_cli.ts";

testOnPostgres(
  "a reader that goes away ends snapshot, replay and top quietly",
  async ({ server: { url }, sql }) => {
    // More than any pipe holds.
    await sql(`CREATE TABLE t (id int PRIMARY KEY, note text);
      CREATE PUBLICATION p FOR TABLE t`);
    await jsonOf(["slots", "create", "feed", url]);
    await sql(`INSERT INTO t SELECT i, repeat('x', 1000)
      FROM generate_series(1, 2000) i`);
    const file = await Deno.makeTempFile();
    const source = [url, "--publication", "p"];
    try {
      const record = ["record", file, ...source, "--slot", "feed"];
      await jsonOf([...record, "--until", "now"]);
      for (
        const args of [
          ["snapshot", ...source, "--json"],
          ["replay", file],
          ["top", url, "--interval", "0.05"],
        ]
      ) {
        const child = spawnCli(args);
        const reader = child.stdout.getReader();
        await reader.read();
        await reader.cancel();
        const { code } = await child.status;
        assertEquals(await new Response(child.stderr).text(), "", args[0]);
        assertEquals(code, 0, args[0]);
        await child.stdin.close();
      }
    } finally {
      await Deno.remove(file);
    }
  },
  { majors: [18] },
);
