import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { subscribe, SubscriptionError } from "@walbrook/walbrook";
import { testDecoding } from "@walbrook/walbrook/test_decoding";
import { type PostgresServer, testOnPostgres } from "../helpers/postgres.ts";

// Long pauses are as long as this.
const RETRY = { initialDelayMs: 50, maxDelayMs: 300 };
const settings = { logical_decoding_work_mem: "64kB" };
// PostgreSQL 18 takes the subtransaction for one that was streamed.
const ROLLED_BACK = `BEGIN; SAVEPOINT a; INSERT INTO t VALUES (-1, 'sub');
  RELEASE a;
  INSERT INTO t SELECT g, repeat('x', 100) FROM generate_series(1001, 4000) g;
  ROLLBACK`;

async function crashes(server: PostgresServer): Promise<number> {
  const lines = (await server.log()).split("\n");
  return lines.filter((line) => /terminated by signal 11/.test(line)).length;
}

testOnPostgres(
  "subscribe() does not crash a server again and again by test_decoding",
  async ({ server, sql }) => {
    await sql("CREATE TABLE t (id int PRIMARY KEY, v text)");
    await sql(
      "SELECT pg_create_logical_replication_slot('s', 'test_decoding')",
    );
    await sql(ROLLED_BACK);
    await sql("INSERT INTO t VALUES (1, 'after')");
    const delays: number[] = [];
    const ids: unknown[] = [];
    const warnings: string[] = [];
    await using subscription = await subscribe({
      ...{ connection: server.url, slot: "s", plugin: testDecoding() },
      ...{ retry: RETRY, acknowledge: "manual" } as const,
      onStatus: (status) => {
        if (status.state === "retrying") delays.push(status.delayMs);
      },
      onWarning: ({ code }) => warnings.push(code),
    });
    const error = await assertRejects(async () => {
      for await (const event of subscription) {
        if (event.kind === "insert") ids.push(event.newRow["id"]);
      }
    }, SubscriptionError);
    assertEquals(error.reason, "serverCrashed");
    assertMatch(error.message, /slot "s" after .*test_decoding/);
    assertEquals(ids, []);
    assertEquals(warnings, ["pluginFailsOnRollback"]);
    // Three at one position, and those by which a link comes further than the one before.
    const count = await crashes(server);
    assert(count <= 6, `${count} crashes`);
    assert(delays.includes(300) && delays.includes(600), delays.join());
  },
  { settings, majors: [18] },
);
