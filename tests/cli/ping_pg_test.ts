import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { testOnPostgres } from "../helpers/postgres.ts";
import { lineReader, readUntil } from "../examples/run_tail.ts";
import { runCli, spawnCli } from "./run_cli.ts";

testOnPostgres(
  "ping measures the way here, and how far a consumer is behind",
  async ({ server: { url }, sql }) => {
    const none = await runCli(["ping", url]);
    assertEquals(none.code, 64);
    assertStringIncludes(none.stderr[0] ?? "", "publications create");
    await sql("CREATE TABLE t (id int PRIMARY KEY)");
    await sql("CREATE PUBLICATION p FOR TABLE t");
    const two = await runCli(["ping", url, "--count", "2", "--interval", "0"]);
    assertEquals(two.code, 0, two.stderr.join("\n"));
    assertEquals(two.stdout.length, 2);
    assert(
      two.stdout.every((line) =>
        /^probe \d {2}received after .* {2}confirmed after /.test(line)
      ),
      two.stdout.join("\n"),
    );
    assertStringIncludes(two.stderr[0] ?? "", "2 probes received");

    await sql("SELECT pg_create_logical_replication_slot('feed', 'pgoutput')");
    const watch = ["ping", url, "--slot", "feed", "--count", "1", "--json"];
    const stuck = await runCli([...watch, "--timeout", "3"]);
    assertEquals(stuck.code, 1);
    assertStringIncludes(
      stuck.stderr[0] ?? "",
      'Slot "feed" has not confirmed',
    );
    const consumer = spawnCli([
      ...["tail", url, "--slot", "feed", "--publication", "p", "--json"],
      "--verbose",
    ]);
    const said = lineReader(consumer.stderr);
    await readUntil(said, (line) => line.startsWith("at the start"));
    const { code, stdout, stderr } = await runCli(watch);
    assertEquals(code, 0, stderr.join("\n"));
    const probe = JSON.parse(stdout[0] ?? "");
    for (const name of ["receivedMs", "confirmedMs", "slotConfirmedMs"]) {
      assert(probe[name] > 0, name);
    }
    consumer.kill("SIGINT");
    assertEquals((await consumer.status).code, 0);
    await Promise.all([said.cancel(), consumer.stdout.cancel()]);
    await consumer.stdin.close();
    // Nothing of it stays.
    assertEquals(
      await sql("SELECT slot_name FROM pg_replication_slots"),
      [{ slot_name: "feed" }],
    );
  },
  { majors: [18] },
);
