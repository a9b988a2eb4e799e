import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { testOnPostgres } from "../helpers/postgres.ts";
import { lineReader, readUntil } from "../examples/run_tail.ts";
import { jsonOf, runCli, spawnCli } from "./run_cli.ts";

testOnPostgres(
  "record keeps each change once, over restarts, and replay shows it as tail did",
  async ({ server: { url }, sql }) => {
    await sql(`CREATE TABLE orders (id int8 PRIMARY KEY, note text, raw bytea);
      CREATE TABLE log (id int PRIMARY KEY);
      CREATE PUBLICATION p FOR TABLE orders, log`);
    const folder = await Deno.makeTempDir();
    const file = `${folder}/shop.ndjson`;
    try {
      const source = [url, "--publication", "p", "--slot", "recorder"];
      const record = ["record", file, ...source, "--until", "now"];
      assertEquals((await runCli([...record, "--create-slot"])).code, 0);
      await sql(
        "SELECT pg_create_logical_replication_slot('plain', 'pgoutput')",
      );
      await sql(
        `INSERT INTO orders VALUES (9007199254740993, 'it''s', '\\xff00');
        INSERT INTO log VALUES (1)`,
      );
      const [first] = await jsonOf(record);
      assertEquals(first?.["changes"], 2);
      // A process that was killed: half a transaction and half a line.
      const text = await Deno.readTextFile(file);
      const lines = text.trimEnd().split("\n");
      await Deno.writeTextFile(
        file,
        `${text}${lines[0]}\n${lines[1]?.slice(0, 40)}`,
      );
      await sql("UPDATE orders SET note = 'paid'");
      const [second] = await jsonOf(record);
      assertEquals(second?.["changes"], 1);
      const tail = ["tail", url, "--publication", "p", "--slot", "plain"];
      const shown = await runCli([...tail, "--until", "now", "--json"]);
      const replayed = await runCli(["replay", file, "--json"]);
      assertEquals(replayed.code, 0, replayed.stderr.join("\n"));
      const rows = (lines: readonly string[]) =>
        lines.filter((line) => /"kind":"(insert|update)"/.test(line));
      assertEquals(rows(replayed.stdout), rows(shown.stdout));
      const versions = (await Deno.readTextFile(file)).trim().split("\n")
        .map((line) => JSON.parse(line).version)
        .filter((version) => version !== undefined);
      assertEquals(versions.length, 3);
      assertEquals(new Set(versions).size, 3);
      const some = await runCli(["replay", file, "--table", "log"]);
      assertEquals(some.stdout.length, 4, some.stdout.join("\n"));
      assertStringIncludes(some.stdout.join("\n"), "id=1");
      const where = await runCli([
        ...["replay", file, "--table", "orders", "--json"],
        ...["--where", "note = 'paid'"],
      ]);
      assertEquals(where.code, 0, where.stderr.join("\n"));
      assertEquals(rows(where.stdout).length, 1);
      const one = await runCli(["replay", file, "--json", "--count", "1"]);
      assertEquals(rows(one.stdout).length, 1);

      // What the server sends again is recorded once.
      await sql("SELECT pg_drop_replication_slot('recorder')");
      await sql("SELECT pg_copy_logical_replication_slot('plain', 'recorder')");
      const before = await Deno.readTextFile(file);
      await jsonOf(record);
      assertEquals(await Deno.readTextFile(file), before);

      await Deno.writeTextFile(file, `${before}nonsense\n`);
      const broken = await runCli(["replay", file]);
      assertEquals(broken.code, 1);
      assertStringIncludes(broken.stderr[0] ?? "", "Cannot read line");
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
  { majors: [18] },
);

testOnPostgres(
  "snapshot writes the rows that are there, and leaves no slot",
  async ({ server: { url }, sql }) => {
    await sql(`CREATE TABLE orders (id int PRIMARY KEY, status text);
      INSERT INTO orders SELECT i, CASE WHEN i > 2 THEN 'paid' END
        FROM generate_series(1, 5) i;
      CREATE TABLE log (id int PRIMARY KEY); INSERT INTO log VALUES (7);
      CREATE PUBLICATION p FOR TABLE orders, log`);
    const snapshot = ["snapshot", url, "--publication", "p"];
    const reads = (rows: readonly Record<string, unknown>[]) =>
      rows.filter(({ kind }) => kind === "read")
        .map(({ newRow }) => (newRow as { id: number }).id).sort();
    assertEquals(reads(await jsonOf(snapshot)), [1, 2, 3, 4, 5, 7]);
    const some = [...snapshot, "--table", "orders"];
    const where = ["--sql-where", "status OPERATOR(pg_catalog.=) 'paid'"];
    assertEquals(reads(await jsonOf([...some, ...where])), [3, 4, 5]);
    const filter = ["--where", "status IS NULL"];
    assertEquals(reads(await jsonOf([...some, ...filter])), [1, 2]);
    const pretty = await runCli(some);
    assertEquals(pretty.code, 0);
    assertStringIncludes(pretty.stdout.join("\n"), "id=1 status=null");
    assertEquals((await runCli([...snapshot, ...where])).code, 64);
    assertEquals(await sql("SELECT FROM pg_replication_slots"), []);
  },
  { majors: [14, 18] },
);

const CONFIG = `
export default ({ ndjsonFiles, DestinationError }) => ({
  subscribe: { slot: { name: "sink", create: true }, publication: "p" },
  to: {
    name: "list",
    async write(batch) {
      for (const { event } of batch) {
        if (event.kind === "insert" && event.newRow.id === 13) {
          throw new DestinationError("13 is refused", { retryable: false });
        }
      }
      const lines = batch.map(({ event }) => event.newRow?.id + "\\n").join("");
      await (await import("node:fs/promises")).appendFile(FILE, lines);
    },
  },
  options: { lanes: 1 },
});
`;

testOnPostgres(
  "sink delivers by a configuration, confirms what is durable, and tells poison",
  async ({ server: { url }, sql }) => {
    await sql(`CREATE TABLE t (id int PRIMARY KEY);
      CREATE PUBLICATION p FOR TABLE t`);
    const folder = await Deno.makeTempDir();
    const config = `${folder}/sink.mjs`;
    const list = `${folder}/list.txt`;
    try {
      const file = JSON.stringify(list);
      await Deno.writeTextFile(config, CONFIG.replace("FILE", file));
      const sink = ["sink", url, "--config", config];
      assertEquals((await runCli([...sink, "--until", "now"])).code, 0);
      await sql("INSERT INTO t VALUES (1), (2)");
      const done = await runCli([...sink, "--until", "now", "--json"]);
      assertEquals(done.code, 0, done.stderr.join("\n"));
      const report = JSON.parse(done.stdout.at(-1) ?? "");
      assertEquals(report.destinations[0].delivered, 2);
      assertEquals(await Deno.readTextFile(list), "1\n2\n");
      await runCli([...sink, "--until", "now"]);
      assertEquals(await Deno.readTextFile(list), "1\n2\n");

      const running = spawnCli([...sink, "--report", "0.1"]);
      const said = lineReader(running.stderr);
      await sql("INSERT INTO t VALUES (3)");
      await readUntil(said, (line) => line.includes("list: 1 delivered"));
      running.kill("SIGINT");
      assertEquals((await running.status).code, 0);
      await Promise.all([said.cancel(), running.stdout.cancel()]);
      await running.stdin.close();

      await sql("INSERT INTO t VALUES (13)");
      const poison = await runCli([...sink, "--until", "now"]);
      assertEquals(poison.code, 5, poison.stderr.join("\n"));
      assert(poison.stderr.some((line) => line.includes("13 is refused")));

      await Deno.writeTextFile(list, "");
      const recording = `${folder}/r.ndjson`;
      await sql("SELECT pg_create_logical_replication_slot('rec', 'pgoutput')");
      await sql("INSERT INTO t VALUES (21), (22)");
      await jsonOf([
        ...["record", recording, url, "--publication", "p", "--slot", "rec"],
        ...["--until", "now"],
      ]);
      const replay = await runCli(["replay", recording, "--config", config]);
      assertEquals(replay.code, 0, replay.stderr.join("\n"));
      assertEquals(await Deno.readTextFile(list), "21\n22\n");

      const missing = await runCli(["sink", url, "--config", "nowhere.ts"]);
      assertEquals(missing.code, 64);
      await Deno.writeTextFile(config, "export default 1");
      const wrong = await runCli(sink);
      assertEquals(wrong.code, 64);
      assertStringIncludes(wrong.stderr[0] ?? "", "is not a configuration");
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
  { majors: [18] },
);
