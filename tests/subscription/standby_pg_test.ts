import { assert, assertMatch, assertRejects } from "@std/assert";
import { ConnectionError, subscribe } from "@walbrook/walbrook";
import { connectSql, testOnPostgres } from "../helpers/postgres.ts";
import { startStandby } from "../helpers/standby.ts";
import { untilTrue } from "../helpers/until_true.ts";
import { until } from "../helpers/until.ts";

const RETRY = { initialDelayMs: 20, maxDelayMs: 100 };

testOnPostgres(
  "subscribe() waits for the promotion of a server that was demoted under it",
  async ({ server, sql }) => {
    await sql(
      "CREATE TABLE t (id int PRIMARY KEY); CREATE PUBLICATION p FOR TABLE t",
    );
    await sql("SELECT pg_create_logical_replication_slot('s', 'pgoutput')");
    const options = {
      ...{ connection: server.url, slot: "s", publication: "p" },
      acceptTimeline: true,
    };
    let retries = 0;
    await using subscription = await subscribe({
      ...options,
      retry: RETRY,
      onStatus: ({ state }) => retries += state === "retrying" ? 1 : 0,
    });
    const events = subscription[Symbol.asyncIterator]();
    const readTo = async (id: number) => {
      for (;;) {
        const { value, done } = await events.next();
        assert(!done);
        if (value.kind === "insert" && value.newRow["id"] === id) return;
      }
    };
    await sql("INSERT INTO t VALUES (1)");
    await readTo(1);
    await sql.end();
    await server.stop();
    await Deno.writeTextFile(`${server.dataDirectory}/standby.signal`, "");
    await server.start();
    const next = readTo(2);
    await using now = connectSql(server.url);
    if (server.major < 16) {
      // Not a wrong setting of somebody's, as the server would have it.
      await assertRejects(
        () => subscribe({ ...options, retry: false }),
        ConnectionError,
        "this server is a standby",
      );
    }
    const before = retries;
    if (server.major < 16) await until(() => retries >= before + 8, 60_000);
    await now("SELECT pg_promote()");
    await untilTrue(now, "NOT pg_is_in_recovery()");
    await now("INSERT INTO t VALUES (2)");
    await next;
  },
  { majors: [14, 15, 16, 18] },
);

testOnPostgres(
  "subscribe() finds out when a recovery conflict has taken its slot on a standby",
  async ({ server, sql }) => {
    await sql(
      "CREATE TABLE t (id int PRIMARY KEY); CREATE PUBLICATION p FOR TABLE t",
    );
    await using standby = await startStandby(server, {
      hot_standby_feedback: "off",
      max_standby_streaming_delay: "100ms",
    });
    // A slot on a standby begins where the primary tells of its transactions.
    let done = false;
    const telling = (async () => {
      while (!done) {
        await sql("SELECT pg_log_standby_snapshot()");
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    })();
    try {
      await using subscription = await subscribe({
        connection: standby.url,
        slot: { name: "s", create: true },
        publication: "p",
        gaps: "event",
        retry: RETRY,
      });
      const events = subscription[Symbol.asyncIterator]();
      const readTo = async (wanted: string) => {
        for (;;) {
          const { value, done } = await events.next();
          assert(!done);
          if (value.kind === wanted) return value;
        }
      };
      await sql("INSERT INTO t VALUES (1)");
      await readTo("insert");
      let isOver = false;
      const gap = readTo("gap").finally(() => isOver = true);
      for (let i = 0; !isOver; i++) {
        await sql(`CREATE TABLE x${i} (a int); DROP TABLE x${i}`);
        await sql("VACUUM FULL pg_class");
        for (const name of ["attribute", "type", "depend", "class"]) {
          await sql(`VACUUM pg_${name}`);
        }
      }
      // Where making it anew is disturbed by the next conflict, it is missing then.
      const value = await gap;
      assert(value.kind === "gap");
      assertMatch(value.reason, /^slot(Unusable|Missing)$/);
    } finally {
      done = true;
      await telling;
    }
  },
  { majors: [16, 18] },
);
