import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { testOnPostgres } from "../helpers/postgres.ts";
import { untilTrue } from "../helpers/until_true.ts";
import { jsonOf, runCli } from "./run_cli.ts";

const BOTH = { majors: [14, 18] as const };

testOnPostgres(
  "slots creates, lists, advances and drops a slot",
  async ({ server: { url }, sql }) => {
    const none = await runCli(["slots", url]);
    assertEquals(none, {
      code: 0,
      stdout: [],
      stderr: ["There are no slots"],
    });
    const [created] = await jsonOf(["slots", "create", "feed", url]);
    assertEquals(created?.["created"], "feed");
    await sql("CREATE TABLE t (id int); INSERT INTO t VALUES (1)");

    const [slot] = await jsonOf(["slots", "list", url]);
    assertEquals(slot?.["name"], "feed");
    assertEquals(slot?.["plugin"], "pgoutput");
    assertEquals(slot?.["database"], "postgres");
    assertEquals(slot?.["activePid"], null);
    assertEquals(slot?.["confirmedFlushLsn"], created?.["from"]);
    assert(Number(slot?.["lagBytes"]) > 0);
    const table = await runCli(["slots", url]);
    assertEquals(
      table.stdout.map((line) => line.split(/ {2,}/).slice(0, 4)),
      [
        ["slot", "plugin", "database", "state"],
        ["feed", "pgoutput", "postgres", "idle"],
      ],
    );

    // Without a terminal nobody can be asked.
    for (const args of [["drop"], ["advance", "--to", "now"]]) {
      const [verb = "", ...more] = args;
      const refused = await runCli(["slots", verb, "feed", url, ...more]);
      assertEquals(refused.code, 64);
      assertStringIncludes(refused.stderr.join("\n"), "--yes");
    }
    assertEquals((await jsonOf(["slots", url])).length, 1);

    const advance = ["slots", "advance", "feed", url, "--yes"];
    assertEquals((await runCli(advance)).code, 64);
    const [moved] = await jsonOf([...advance, "--to", "now"]);
    const gap = moved?.["gap"] as Record<string, string>;
    assertEquals(gap["from"], created?.["from"]);
    assertEquals(
      await sql.value("SELECT confirmed_flush_lsn FROM pg_replication_slots"),
      gap["to"],
    );
    const back = await runCli([...advance, "--to", "0/1"]);
    assertEquals(back.code, 1);
    assertStringIncludes(back.stderr.join("\n"), "only moves forward");

    const dropped = await runCli(["slots", "drop", "feed", url, "--yes"]);
    assertEquals(dropped.code, 0);
    assertStringIncludes(dropped.stderr[0] ?? "", "Slot feed (pgoutput");
    assertEquals(await sql("SELECT FROM pg_replication_slots"), []);
    const missing = await runCli(["slots", "drop", "feed", url, "--yes"]);
    assertEquals(missing.code, 1);
    assertEquals(missing.stderr, [
      'slots drop: There is no slot "feed"; this server has none',
    ]);
  },
  { majors: [18] },
);

testOnPostgres(
  "slots repair creates a lost slot again, and tells the gap first",
  async ({ server: { url }, sql }) => {
    await sql("CREATE TABLE t (id int PRIMARY KEY, note text)");
    await sql("CREATE PUBLICATION p FOR TABLE t");
    const [{ from } = {}] = await jsonOf(["slots", "create", "feed", url]);
    const fine = await runCli(["slots", "repair", "feed", url, "--yes"]);
    assertEquals(fine.code, 0);
    assertStringIncludes(fine.stderr[0] ?? "", "is not lost");
    for (let i = 0; i < 4; i++) {
      await sql("SELECT pg_switch_wal()");
      await sql(`INSERT INTO t VALUES (${i}, 'x')`);
    }
    await sql("CHECKPOINT");
    await untilTrue(
      sql,
      "(SELECT wal_status = 'lost' FROM pg_replication_slots)",
    );
    const [lost] = await jsonOf(["slots", url]);
    assertEquals(lost?.["walStatus"], "lost");
    const tail = ["tail", url, "--slot", "feed", "--publication", "p"];
    assertEquals((await runCli([...tail, "--until", "now"])).code, 4);
    const unmovable = ["slots", "advance", "feed", url, "--to", "now", "--yes"];
    assertStringIncludes(
      (await runCli(unmovable)).stderr.join("\n"),
      "slots repair",
    );
    const unasked = await runCli(["slots", "repair", "feed", url]);
    assertEquals(unasked.code, 64);
    assertEquals((await jsonOf(["slots", url]))[0]?.["walStatus"], "lost");

    const repaired = await runCli(["slots", "repair", "feed", url, "--yes"]);
    assertEquals(repaired.code, 4);
    assertStringIncludes(repaired.stderr[0] ?? "", "Slot feed is lost");
    assertStringIncludes(repaired.stderr[1] ?? "", `between ${from} and `);
    await sql("INSERT INTO t VALUES (9, 'after')");
    const after = await runCli([...tail, "--until", "now", "--json"]);
    assertEquals(after.code, 0);
    const rows = after.stdout.map((line) => JSON.parse(line))
      .filter(({ kind }) => kind === "insert")
      .map(({ newRow }) => newRow.id);
    assertEquals(rows, [9]);
  },
  {
    ...BOTH,
    settings: {
      max_slot_wal_keep_size: "1MB",
      min_wal_size: "32MB",
      wal_keep_size: "0",
      max_wal_size: "32MB",
    },
  },
);

testOnPostgres(
  "slots repair --skip-to passes over what the publication is too young for",
  async ({ server: { url }, sql }) => {
    await sql("CREATE TABLE t (id int PRIMARY KEY)");
    await runCli(["slots", "create", "feed", url]);
    await sql("INSERT INTO t VALUES (1)");
    await sql("CREATE PUBLICATION p FOR TABLE t");
    const tail = ["tail", url, "--slot", "feed", "--publication", "p"];
    const stuck = await runCli([...tail, "--until", "now"]);
    assertEquals(stuck.code, 1);
    const repair = ["slots", "repair", "feed", url, "--skip-to", "now"];
    const { code, stdout } = await runCli([...repair, "--yes", "--json"]);
    assertEquals(code, 4);
    const { gap } = JSON.parse(stdout[0] ?? "");
    assert(gap.to > gap.from);
    await sql("INSERT INTO t VALUES (2)");
    const after = await runCli([...tail, "--until", "now"]);
    assertEquals(after.code, 0, after.stderr.join("\n"));
    assertStringIncludes(after.stdout.join("\n"), "id=2");
    assert(!after.stdout.join("\n").includes("id=1"));
  },
  { majors: [14] },
);
