import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { testOnPostgres } from "../helpers/postgres.ts";
import { runCli } from "./run_cli.ts";

testOnPostgres(
  "doctor names what is wrong, with the SQL that mends it, and its exit status",
  async ({ server: { url }, sql }) => {
    await sql("CREATE TABLE log (line text)");
    await sql("CREATE PUBLICATION shop FOR ALL TABLES");
    const doctor = ["doctor", url, "--publication", "shop"];
    const found = await runCli(doctor);
    assertEquals(found.code, 2);
    assertStringIncludes(found.stdout.join("\n"), "identityNone");
    const json = await runCli([...doctor, "--json"]);
    const report = JSON.parse(json.stdout[0] ?? "");
    assertEquals(json.code, report.exitCode);
    assert(
      report.findings.some(({ id }: { id: string }) => id === "identityNone"),
    );
    const fix = await runCli([...doctor, "--fix-sql"]);
    assert(fix.stdout.every((line) => /^--|;$/.test(line)), fix.stdout[0]);
    for (const args of [["--provider", "moon"], ["--frobnicate"]]) {
      assertEquals((await runCli([...doctor, ...args])).code, 64);
    }
    const nowhere = ["doctor", "postgres://me:hush@127.0.0.1:1/x"];
    const unreachable = await runCli(nowhere);
    assertEquals(unreachable.code, 3);
    assert(!JSON.stringify(unreachable).includes("hush"));
  },
  { majors: [18] },
);

testOnPostgres(
  "types writes a file that it finds current until a table changes",
  async ({ server: { url }, sql }) => {
    await sql("CREATE TABLE orders (id int8 PRIMARY KEY, note text)");
    await sql("CREATE PUBLICATION shop FOR TABLE orders");
    const types = ["types", url, "--publication", "shop", "--int8=number"];
    const { code, stdout, stderr } = await runCli(types);
    assertEquals(code, 0, stderr.join("\n"));
    assertStringIncludes(stdout.join("\n"), "id: number");
    const file = await Deno.makeTempFile({ suffix: ".ts" });
    try {
      await Deno.writeTextFile(file, `${stdout.join("\n")}\n`);
      assertEquals((await runCli([...types, "--check", file])).code, 0);
      await sql("ALTER TABLE orders ADD COLUMN total numeric");
      const stale = await runCli([...types, "--check", file]);
      assertEquals(stale.code, 1);
      assertStringIncludes(stale.stderr.join("\n"), "total");
    } finally {
      await Deno.remove(file);
    }
    assertEquals((await runCli(["types", url])).code, 64);
    assertEquals((await runCli([...types, "--int4=Moon"])).code, 64);
  },
  { majors: [18] },
);
