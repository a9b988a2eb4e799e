import { assertEquals, assertStringIncludes } from "@std/assert";
import { doctorExitCode, doctorText, runDoctor } from "../../src/doctor/mod.ts";
import { testOnPostgres } from "../helpers/postgres.ts";

testOnPostgres(
  "runDoctor() finds nothing wrong with a healthy server",
  async ({ server, sql }) => {
    await sql("ALTER SYSTEM SET max_slot_wal_keep_size = '10GB'");
    await sql("SELECT pg_reload_conf()");
    await sql("CREATE TABLE t (id int PRIMARY KEY)");
    await sql("CREATE PUBLICATION p FOR TABLE t");
    await sql("SELECT pg_create_logical_replication_slot('s', 'pgoutput')");
    const report = await runDoctor(server.url, { slot: "s", publication: "p" });
    const ids = report.findings.map(({ id }) => id);
    // The tests log in as superuser.
    assertEquals(ids, ["roleSuper"]);
    assertEquals(report.skipped, []);
    assertEquals(
      report.server?.versionNumber.toString().slice(0, 2),
      `${server.major}`,
    );
    assertEquals(doctorExitCode(report), 0);
  },
);

Deno.test("runDoctor() reports a server that can't be reached", async () => {
  const report = await runDoctor("postgres://app:secret@127.0.0.1:1/shop");
  assertEquals(report.server, null);
  assertEquals(report.findings.map(({ id }) => id), ["unreachable"]);
  assertEquals(doctorExitCode(report), 3);
  assertStringIncludes(doctorText(report), "ERROR  unreachable: ");
});
