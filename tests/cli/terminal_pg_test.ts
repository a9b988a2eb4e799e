import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { testOnPostgres } from "../helpers/postgres.ts";
import { untilFollowed, untilTrue } from "../helpers/until_true.ts";
import { jsonOf, runCli } from "./run_cli.ts";
import { hasTerminals, Terminal } from "./terminal.ts";

const WIDE_NAME =
  "a_slot_with_a_name_that_is_as_long_as_it_may_be_in_the_server";

testOnPostgres(
  "top shows the slots on screens of 60, 80 and 200 columns, and q or Ctrl-C ends it",
  async ({ server: { url }, sql }) => {
    if (!await hasTerminals()) return;
    for (const name of ["feed", WIDE_NAME]) {
      await sql(
        `SELECT pg_create_logical_replication_slot('${name}', 'pgoutput')`,
      );
    }
    const top = ["top", url, "--interval", "0.2"];
    const heads = new Map<number, string>();
    for (
      const [columns, key] of [[60, "q"], [80, "C-c"], [200, "q"]] as const
    ) {
      await using terminal = await Terminal.open(top, { columns, rows: 12 });
      // Both slots, in any order: a screen may be seen before it is whole.
      const lines = await terminal.until(
        /kept for a slot(?=[^]*\nfeed +idle)(?=[^]*\na_slot_with_a_na)/,
      );
      assert(lines.every((line) => [...line].length <= columns));
      assertStringIncludes(lines[0] ?? "", "postgres, PostgreSQL 18");
      heads.set(columns, lines.find((line) => line.startsWith("slot")) ?? "");
      assert(lines.some((line) => line.startsWith(WIDE_NAME.slice(0, 15))));
      if (columns === 80) {
        await terminal.resize(60, 5);
        const small = await terminal.until("more lines)");
        assert(small.every((line) => [...line].length <= 60));
      }
      await terminal.press(key);
      const after = await terminal.until("[status 0]");
      // The screen is as it was before.
      assert(!after.join("\n").includes("kept for a slot"));
    }
    assert(!heads.get(60)?.includes("database"));
    assertStringIncludes(heads.get(200) ?? "", "confirmed");
  },
  { majors: [18] },
);

testOnPostgres(
  "top goes on when the server comes back, and writes JSON without a terminal",
  async ({ server, sql }) => {
    const { url } = server;
    await sql("SELECT pg_create_logical_replication_slot('feed', 'pgoutput')");
    const looks = await jsonOf(["top", url, "--count", "2", "--interval", "0"]);
    assertEquals(looks.length, 2);
    assertEquals((looks[1]?.["slots"] as { name: string }[])[0]?.name, "feed");
    const text = await runCli(["top", url, "--count", "1"]);
    assertStringIncludes(text.stdout.join("\n"), "feed");
    assert(!text.stdout.join("").includes("\x1b"));
    if (!await hasTerminals()) return;
    await using terminal = await Terminal.open([
      ...["top", url, "--interval", "0.2"],
    ]);
    await terminal.until("feed");
    await server.stop();
    await terminal.until(/(refused|shut|terminat|lost|Cannot)/);
    await server.start();
    await sql("SELECT pg_create_logical_replication_slot('later', 'pgoutput')");
    await terminal.until("later");
    await terminal.press("q");
    await terminal.until("[status 0]");
  },
  { majors: [18] },
);

testOnPostgres(
  "tail lays out wide rows by columns, in colour unless NO_COLOR or a pipe",
  async ({ server: { url }, sql }) => {
    if (!await hasTerminals()) return;
    await sql(
      `CREATE TABLE orders (id int PRIMARY KEY, customer text, note text, address text);
      CREATE PUBLICATION p FOR TABLE orders`,
    );
    const tail = ["tail", url, "--publication", "p", "--temporary"];
    const insert = async () => {
      await untilFollowed(sql);
      await sql(`TRUNCATE orders; INSERT INTO orders VALUES
        (1, 'Ada Lovelace', 'as soon as possible', '12 St James Square, London')`);
    };
    const screens = [[60, {}], [80, {}], [200, { NO_COLOR: "1" }]] as const;
    for (const [columns, env] of screens) {
      await using terminal = await Terminal.open(tail, { columns, env });
      await insert();
      const lines = await terminal.until("London");
      const colored = (await terminal.screen({ colors: true })).join("\n");
      assertEquals(colored.includes("\x1b["), columns < 200);
      const row = lines.findIndex((line) => line.includes("insert"));
      if (columns < 200) {
        assertEquals(lines[row]?.trim(), "insert    orders");
        assertEquals(lines[row + 1]?.trim(), "│ id=1");
        assertEquals(lines[row + 2]?.trim(), '│ customer="Ada Lovelace"');
      } else assertStringIncludes(lines[row] ?? "", "London");
      await terminal.press("C-c");
      await terminal.until("[status 0]");
      await untilTrue(sql, "NOT EXISTS (SELECT FROM pg_replication_slots)");
    }
  },
  { majors: [18] },
);

testOnPostgres(
  "slots list has one line for each slot on terminals of 60, 80 and 200 columns",
  async ({ server: { url }, sql }) => {
    if (!await hasTerminals()) return;
    for (const name of ["feed", WIDE_NAME]) {
      await sql(
        `SELECT pg_create_logical_replication_slot('${name}', 'pgoutput')`,
      );
    }
    for (const columns of [60, 80, 200]) {
      await using terminal = await Terminal.open(["slots", "list", url], {
        columns,
      });
      const lines = (await terminal.until("[status 0]"))
        .filter((line) => line.trim() !== "");
      const head = lines.findIndex((line) => /^(slot|name) /.test(line));
      const [first = "", second = "", next = ""] = lines.slice(head + 1)
        .sort((a, b) => Number(/^[([]/.test(a)) - Number(/^[([]/.test(b)));
      const names = [first, second].map((line) => line.slice(0, 4)).sort();
      assertEquals(names, [WIDE_NAME.slice(0, 4), "feed"]);
      assert(/^\((not shown)|^\[status 0\]/.test(next), next);
    }
  },
  { majors: [18] },
);

testOnPostgres(
  "slots drop asks in a terminal, and no is the default",
  async ({ server: { url }, sql }) => {
    if (!await hasTerminals()) return;
    await sql("SELECT pg_create_logical_replication_slot('feed', 'pgoutput')");
    const answers = [
      [["n", "Enter"], "Nothing was changed", "t"],
      [["Enter"], "Nothing was changed", "t"],
      [["C-c"], "[status 0]", "t"],
      [["y", "Enter"], "Dropped slot feed", "f"],
    ] as const;
    for (const [keys, said, isThere] of answers) {
      await using terminal = await Terminal.open([
        "slots",
        "drop",
        "feed",
        url,
      ]);
      await terminal.until("Drop slot feed? [y/N]");
      await terminal.press(...keys);
      await terminal.until(said);
      await terminal.until("[status 0]");
      assertEquals(
        await sql.value("SELECT EXISTS (SELECT FROM pg_replication_slots)"),
        isThere,
      );
    }
  },
  { majors: [18] },
);
