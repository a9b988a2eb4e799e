import { assert, assertEquals } from "@std/assert";
import { NEWEST, withServer } from "../helpers/postgres.ts";

const ROWS = 10_800;
const ROW_BYTES = 100_000;
// A quarter of what is sent. What the collector leaves lying for a while is most of it.
const MAX_GROWTH = 256 * 2 ** 20;

// A process of its own, so that nothing else counts. It reads slowly, and now and then
// not at all, while the server has everything ready.
const CHILD = `
  import { subscribe } from "@walbrook/walbrook";
  const before = Deno.memoryUsage().rss;
  let peak = before, rows = 0, bytes = 0;
  await using subscription = await subscribe({
    connection: Deno.args[0], slot: "s", publication: "items", until: "now",
  });
  for await (const event of subscription) {
    if (event.kind !== "insert") continue;
    bytes += event.newRow.body.length;
    if (++rows % 100 !== 0) continue;
    await new Promise((resolve) => setTimeout(resolve, 20));
    peak = Math.max(peak, Deno.memoryUsage().rss);
  }
  console.log(JSON.stringify({ rows, bytes, growth: peak - before }));
`;

Deno.test("subscribe() takes transactions of any size with bounded memory", async () => {
  await withServer({ major: NEWEST }, async (server, sql) => {
    await sql(
      "CREATE TABLE item (id int, body text); CREATE PUBLICATION items FOR TABLE item",
    );
    // Uncompressed in the WAL, which holds all of it.
    await sql("ALTER TABLE item ALTER body SET STORAGE EXTERNAL");
    await sql("SELECT pg_create_logical_replication_slot('s', 'pgoutput')");
    for (let i = 0; i < 3; i++) {
      await sql(
        `INSERT INTO item SELECT g, repeat('x', ${ROW_BYTES}) FROM generate_series(1, ${
          ROWS / 3
        }) g`,
      );
    }
    const file = await Deno.makeTempFile({ suffix: ".ts" });
    try {
      await Deno.writeTextFile(file, CHILD);
      const config = new URL("../../deno.json", import.meta.url).pathname;
      const { code, stdout } = await new Deno.Command(Deno.execPath(), {
        args: ["run", "-A", "--no-check", "--config", config, file, server.url],
        stderr: "inherit",
      }).output();
      assertEquals(code, 0);
      const { rows, bytes, growth } = JSON.parse(
        new TextDecoder().decode(stdout),
      );
      assertEquals([rows, bytes], [ROWS, ROWS * ROW_BYTES]);
      assert(growth < MAX_GROWTH, `${growth / 2 ** 20} MiB`);
    } finally {
      await Deno.remove(file);
    }
  });
});
