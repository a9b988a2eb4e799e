import { assertEquals, assertStringIncludes } from "@std/assert";
import { testOnPostgres } from "../helpers/postgres.ts";
import { jsonOf, runCli } from "./run_cli.ts";

testOnPostgres(
  "publications never creates what breaks an application, and names what does",
  async ({ server: { url }, sql }) => {
    await sql(`
      CREATE TABLE orders (id int PRIMARY KEY);
      CREATE TABLE "Odd name" (id int PRIMARY KEY);
      CREATE TABLE whole (line text);
      ALTER TABLE whole REPLICA IDENTITY FULL;
      CREATE SCHEMA audit;
      CREATE TABLE audit.log (line text);
      CREATE TABLE parted (id int) PARTITION BY RANGE (id);
      CREATE TABLE parted_1 PARTITION OF parted FOR VALUES FROM (0) TO (9)`);
    const create = ["publications", "create", "shop", url];
    for (const table of ["audit.log", "parted", "orders,audit.log"]) {
      const refused = await runCli([...create, "--table", table]);
      assertEquals(refused.code, 1);
      assertStringIncludes(refused.stderr[0] ?? "", "refuse its UPDATEs");
    }
    assertEquals(await sql("SELECT FROM pg_publication"), []);
    assertEquals((await runCli(create)).code, 64);
    const unknown = await runCli([...create, "--table", "nowhere"]);
    assertStringIncludes(unknown.stderr[0] ?? "", '"public.nowhere"');

    const shown = await runCli([...create, "--keyed-tables", "--dry-run"]);
    assertEquals(shown.stdout, [
      'CREATE PUBLICATION "shop" FOR TABLE public."Odd name", public.orders, public.whole;',
    ]);
    assertEquals(await sql("SELECT FROM pg_publication"), []);
    const tables = ["--table", "orders,Odd name", "--table", "Public.WHOLE"];
    const [made] = await jsonOf([...create, ...tables]);
    assertEquals(made?.["tables"], [
      ...["public.orders", 'public."Odd name"', "public.whole"],
    ]);
    const inserts = ["publications", "create", "log", url, "--table"];
    const { code } = await runCli([
      ...inserts,
      ...["audit.log", "--publish", "insert"],
    ]);
    assertEquals(code, 0);
    // What was made keeps the application working.
    await sql(`INSERT INTO audit.log VALUES ('a'); DELETE FROM audit.log;
      INSERT INTO whole VALUES ('a'); UPDATE whole SET line = 'b'`);

    const check = ["publications", "check"];
    assertEquals((await runCli([...check, "shop", url])).code, 0);
    assertEquals((await runCli([...check, "log", url])).code, 0);
    await sql("CREATE PUBLICATION everything FOR ALL TABLES");
    const broken = await runCli([...check, "everything", url, "--json"]);
    assertEquals(broken.code, 1);
    assertEquals(JSON.parse(broken.stdout[0] ?? "").broken, [
      ...["audit.log", "public.parted_1"],
    ]);
    const list = await runCli(["publications", url]);
    assertEquals(
      list.stdout.map((line) => line.trim().split(/ {2,}/)),
      [
        ["publication", "tables", "operations", "breaks"],
        ["everything", "5 (all)", "all", "audit.log, public.parted_1"],
        ["log", "1", "insert"],
        ["shop", "3", "all"],
      ],
    );
  },
  { majors: [14, 18] },
);
