import { assertEquals } from "@std/assert";
import { testOnPostgres } from "../helpers/postgres.ts";
import { runCli } from "./run_cli.ts";

testOnPostgres(
  "tail and record warn of a --table that no publication has, and go on",
  async ({ server: { url }, sql }) => {
    await sql(`CREATE TABLE orders (id int PRIMARY KEY);
      CREATE TABLE "Log" (id int PRIMARY KEY);
      CREATE SCHEMA audit;
      CREATE TABLE audit.entries (id int PRIMARY KEY);
      CREATE TABLE days (day date PRIMARY KEY) PARTITION BY RANGE (day);
      CREATE TABLE days_2026 PARTITION OF days
        FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
      CREATE TABLE weeks (day date PRIMARY KEY) PARTITION BY RANGE (day);
      CREATE TABLE weeks_2026 PARTITION OF weeks
        FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
      CREATE UNLOGGED TABLE scratch (id int PRIMARY KEY);
      CREATE PUBLICATION shop FOR TABLE orders, audit.entries, days;
      CREATE PUBLICATION roots FOR TABLE weeks WITH (publish_via_partition_root);
      CREATE PUBLICATION everything FOR ALL TABLES`);
    const said = async (publication: string, table: string) => {
      const { code, stderr } = await runCli([
        ...["tail", url, "--publication", publication, "--temporary"],
        ...["--until", "now", "--table", table],
      ]);
      assertEquals(code, 0, stderr.join("\n"));
      return stderr;
    };
    assertEquals(await said("shop", "orders,audit.entries,days_2026"), []);
    assertEquals(await said("shop,roots", "orders,Log,ordres,entries,nope"), [
      'tail: No change of public.Log is shown: publications shop, roots do not have it; run ALTER PUBLICATION shop ADD TABLE public."Log"',
      "tail: No change of public.ordres is shown: publications shop, roots do not have it, and there is no such table; did you mean public.orders?",
      "tail: No change of public.entries is shown: publications shop, roots do not have it, and there is no such table; did you mean audit.entries?",
      "tail: No change of public.nope is shown: publications shop, roots do not have it, and there is no such table; check the spelling, or create it and run ALTER PUBLICATION shop ADD TABLE public.nope. Published: audit.entries, public.days_2026, public.orders, public.weeks",
    ]);
    assertEquals(await said("shop", "days"), [
      "tail: Changes of public.days are published as those of its partitions, so none is shown; name these with --table, or run ALTER PUBLICATION shop SET (publish_via_partition_root = true)",
    ]);
    assertEquals(await said("roots", "weeks_2026"), [
      "tail: Changes of public.weeks_2026 are published as those of public.weeks, so none is shown; pass --table public.weeks",
    ]);
    assertEquals(await said("everything", "soon,scratch"), [
      "tail: No change of public.soon is shown: publication everything does not have it, and there is no such table; check the spelling; once the table is created, its changes are shown. Published: audit.entries, public.Log, public.days_2026, public.orders, public.weeks_2026",
      "tail: No change of public.scratch is shown: publication everything does not have it; FOR ALL TABLES leaves out unlogged, temporary and system tables",
    ]);
    const file = await Deno.makeTempFile();
    try {
      const { stderr } = await runCli([
        ...["record", file, url, "--publication", "shop", "--temporary"],
        ...["--until", "now", "--table", "Orders"],
      ]);
      assertEquals(
        stderr[0],
        "record: No change of public.Orders is shown: publication shop does not have it, and there is no such table; did you mean public.orders?",
      );
    } finally {
      await Deno.remove(file);
    }
  },
  { majors: [18] },
);
