import { assertEquals } from "@std/assert";
import { connectSql, testOnPostgres } from "../helpers/postgres.ts";
import { caughtUp, startStandby } from "../helpers/standby.ts";
import { follow, messageSql } from "./follower.ts";

testOnPostgres(
  "a copy begins again on a standby that is promoted halfway, and ends equal to it",
  async ({ server, sql }) => {
    await sql(
      `CREATE TABLE t (id int PRIMARY KEY, label text); INSERT INTO t SELECT i, repeat('x', 50) FROM generate_series(1, 3000) i;
      CREATE PUBLICATION p FOR TABLE t`,
    );
    await using standby = await startStandby(server);
    await using follower = await follow(server, {
      connection:
        `postgres://${server.superuser}@127.0.0.1:${server.port},127.0.0.1:${standby.port}/postgres?target_session_attrs=read-write`,
      ...{ acceptTimeline: true, gaps: "event" },
      retry: { initialDelayMs: 20, maxDelayMs: 100 },
      snapshot: { chunkBytes: 8_000 },
    });
    await follower.until(({ kind }) => kind === "chunk");
    await sql("UPDATE t SET label = 'here' WHERE id IN (1, 2999)");
    await caughtUp(server, standby);
    await sql.end();
    await server.stop("immediate");
    await using there = connectSql(standby.url);
    await there("SELECT pg_promote()");
    await there(
      "UPDATE t SET label = 'there' WHERE id IN (2, 3000); DELETE FROM t WHERE id = 3",
    );
    // The standby does not have the slot: changes that were not delivered are lost.
    const lost = await follower.until(({ kind }) => kind === "gap");
    const gap = lost.at(-1);
    assertEquals(gap?.kind === "gap" && gap.reason, "slotMissing");
    follower.tables.clear();
    const events = await follower.copied();
    const [begin] = events.filter((event) => event.kind === "snapshotBegin");
    assertEquals(begin?.reason, "gap");
    await there(
      `UPDATE t SET label = 'after' WHERE id = 4; ${messageSql("end")}`,
    );
    await follower.message("end");
    const truth = await there("SELECT id, label FROM t");
    const held = new Map(
      follower.rows("t").map(({ id, label }) => [String(id), label]),
    );
    assertEquals([held.size, truth.length], [2_999, 2_999]);
    for (const { id, label } of truth) assertEquals(held.get(id!), label);
  },
  { majors: [14, 18] },
);
