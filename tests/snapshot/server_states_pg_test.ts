import { assert, assertEquals } from "@std/assert";
import type { ReplicationEvent } from "@walbrook/walbrook";
import type { SnapshotProgress } from "@walbrook/walbrook/snapshot";
import {
  connectSql,
  type SqlClient,
  testOnPostgres,
} from "../helpers/postgres.ts";
import { recordingDial } from "../helpers/recording_dial.ts";
import { untilTrue } from "../helpers/until_true.ts";
import { follow, memoryStore, messageSql } from "./follower.ts";

const READERS =
  "application_name = 'walbrook' AND backend_type = 'client backend'";

testOnPostgres(
  "a forgotten prepared transaction holds up the copy, is named, and not the stream",
  async ({ server, sql }) => {
    await sql(
      `CREATE TABLE t (id int PRIMARY KEY); INSERT INTO t VALUES (1); CREATE TABLE u (id int PRIMARY KEY);
      CREATE PUBLICATION p FOR TABLE t`,
    );
    await using follower = await follow(server, { snapshot: { tables: [] } });
    await sql(
      "BEGIN; INSERT INTO t VALUES (2); PREPARE TRANSACTION 'forgotten one'",
    );
    const { subscription } = follower;
    const copying = subscription.snapshot("public.t");
    copying.catch(() => {}); // is awaited below
    let waiting: SnapshotProgress | undefined;
    // It is asked for who holds up the copy only after a while.
    const end = performance.now() + 60_000;
    for (let tries = 0; performance.now() < end && !waiting; tries++) {
      await sql(`INSERT INTO t VALUES (${1_000 + tries}); ${messageSql("go")}`);
      await follower.message("go");
      waiting = subscription.snapshots.find(({ blockers }) =>
        blockers.length > 0
      );
    }
    assertEquals(waiting?.waitingFor, "transactions");
    assert(waiting?.blockers[0]?.includes('"forgotten one"'));
    await sql("COMMIT PREPARED 'forgotten one'");
    await follower.copied();
    await copying;
    await sql(messageSql("end"));
    await follower.message("end");
    const count = await sql.value("SELECT count(*) FROM t");
    assertEquals(follower.rows("t").length, Number(count));
  },
  { majors: [18], settings: { max_prepared_transactions: "5" } },
);

testOnPostgres(
  "a copy ends on a server where nothing happens, or nothing is flushed",
  async ({ server, sql }) => {
    await sql(
      `CREATE TABLE t (id int PRIMARY KEY); INSERT INTO t SELECT i FROM generate_series(1, 3000) i;
      CREATE TABLE other (x text); CREATE PUBLICATION p FOR TABLE t`,
    );
    await using open = connectSql(server.url);
    await using follower = await follow(server, {
      snapshot: { chunkBytes: 4_000 },
    });
    await follower.until(({ kind }) => kind === "chunk");
    // The position stands behind the header of a page that has no record yet.
    await sql("SELECT pg_switch_wal()");
    await follower.until(({ kind }) => kind === "chunk");
    await follower.until(({ kind }) => kind === "chunk");
    // What it wrote is not flushed, and so not sent, for as long as it is open.
    await open("BEGIN; INSERT INTO other VALUES (repeat('x', 100))");
    await follower.copied();
    await open("ROLLBACK");
    assertEquals(follower.rows("t").length, 3_000);
  },
  { majors: [14, 18] },
);

testOnPostgres(
  "a chunk needs no flushed position where the WAL ends behind the header of a page",
  async ({ server, sql }) => {
    await sql(
      `CREATE TABLE t (id int PRIMARY KEY); INSERT INTO t SELECT i FROM generate_series(1, 8000) i;
      CREATE PUBLICATION p FOR TABLE t`,
    );
    const { dial, queries } = recordingDial();
    await using follower = await follow(server, {
      ...{ dial, snapshot: { chunkBytes: 2_000 } },
    });
    const isChunk = ({ kind }: ReplicationEvent) => kind === "chunk";
    for (const move of [toPageBorder, toNextSegment]) {
      await follower.until(isChunk);
      await follower.subscription.paceSnapshot({ paused: true });
      await move(sql);
      await follower.subscription.paceSnapshot({ paused: false });
      // Two may have been read before.
      for (let i = 0; i < 4; i++) await follower.until(isChunk);
    }
    await follower.copied();
    assertEquals(follower.rows("t").length, 8_000);
    assertEquals(
      queries.filter((query) => query.includes("wal_flush_lsn")),
      [],
    );
  },
  // It is asked for after three times this delay, and 0.1 s.
  { majors: [14, 18], settings: { wal_writer_delay: "2s" } },
);

const PAGE_SIZE = 8192;
/** The size of the header of a page within a segment. */
const PAGE_HEADER_SIZE = 24;

// Writes transactions until one ends where a page does.
async function toPageBorder(sql: SqlClient): Promise<void> {
  const end = async () =>
    Number(await sql.value("SELECT pg_current_wal_insert_lsn() - '0/0'"));
  const write = (bytes: number) =>
    sql(`SELECT pg_logical_emit_message(true, 'x', repeat('x', ${bytes}))`);
  for (let tries = 0; tries < 100; tries++) {
    const before = await end();
    await write(1_000);
    const after = await end();
    const size = after - before;
    const left = PAGE_SIZE - after % PAGE_SIZE;
    // Its size includes the header of a page.
    const isSplit = after % PAGE_SIZE < size;
    if (isSplit || left < size) continue;
    await write(1_000 + left - size);
    if (await end() % PAGE_SIZE === PAGE_HEADER_SIZE) return;
  }
  throw new Error("No transaction ended with a page");
}

async function toNextSegment(sql: SqlClient): Promise<void> {
  await sql("SELECT pg_switch_wal()");
}

testOnPostgres(
  "the slot moves on while tables are copied",
  async ({ server, sql }) => {
    await sql(
      `CREATE TABLE t (id int PRIMARY KEY, v int); INSERT INTO t SELECT i, 0 FROM generate_series(1, 3000) i;
      CREATE PUBLICATION p FOR TABLE t`,
    );
    await using follower = await follow(server, {
      snapshot: { chunkBytes: 4_000 },
    });
    await follower.until(({ kind }) => kind === "chunk");
    await follower.subscription.paceSnapshot({ paused: true });
    const confirmed = "SELECT confirmed_flush_lsn FROM pg_replication_slots";
    for (let round = 0; round < 3; round++) {
      const before = await sql.value(confirmed);
      await sql(`UPDATE t SET v = v + 1 WHERE id < 10; ${messageSql("round")}`);
      await follower.message("round");
      // Asks for more, so that the round counts as consumed.
      const next = follower.until(({ kind }) => kind === "message");
      await untilTrue(
        sql,
        `(${confirmed}) > '${before}' AND pg_is_in_recovery() = false`,
      );
      await sql(messageSql("next"));
      await next;
    }
    assert(follower.subscription.snapshots[0]!.rows < 3_000);
    await untilTrue(
      sql,
      `NOT EXISTS (SELECT FROM pg_stat_activity WHERE ${READERS} AND (backend_xmin IS NOT NULL OR backend_xid IS NOT NULL))`,
    );
    await follower.subscription.paceSnapshot({ paused: false });
    await follower.copied();
    assertEquals(follower.rows("t").length, 3_000);
  },
  { majors: [18] },
);

testOnPostgres(
  "a copy outlives its readers and a restart of the server",
  async ({ server, sql }) => {
    await sql(
      `CREATE TABLE t (id int PRIMARY KEY, v text); INSERT INTO t SELECT i, repeat('x', 50) FROM generate_series(1, 3000) i;
      CREATE PUBLICATION p FOR TABLE t`,
    );
    await using follower = await follow(server, {
      retry: { initialDelayMs: 20, maxDelayMs: 100 },
      snapshot: { chunkBytes: 4_000 },
    });
    const events = await follower.until(({ kind }) => kind === "chunk");
    for (let kills = 0; kills < 5; kills++) {
      await sql(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE ${READERS}`,
      );
      events.push(...await follower.until(({ kind }) => kind === "chunk"));
    }
    await sql("INSERT INTO t VALUES (-1)");
    await sql.end();
    await server.stop("immediate");
    await server.start();
    events.push(...await follower.copied());
    const reads = events.filter(({ kind }) => kind === "read");
    const begins = events.filter(({ kind }) => kind === "snapshotBegin");
    assertEquals([reads.length, begins.length], [3_000, 1]);
    await using again = connectSql(server.url);
    await again(messageSql("end"));
    await follower.message("end");
    assertEquals(follower.rows("t").length, 3_001);
  },
  { majors: [14, 18] },
);

testOnPostgres(
  "a transaction too large to be remembered is waited for",
  async ({ server, sql }) => {
    await sql(
      `CREATE TABLE t (id int PRIMARY KEY, v int); INSERT INTO t SELECT i, 0 FROM generate_series(1, 110000) i;
      CREATE PUBLICATION p FOR TABLE t`,
    );
    await using follower = await follow(server, {
      snapshot: { chunkBytes: 100_000 },
    });
    await follower.until(({ kind }) => kind === "chunk");
    await sql(`UPDATE t SET v = 1; ${messageSql("updated")}`);
    await follower.copied();
    await sql(messageSql("end"));
    await follower.message("end");
    const rows = follower.rows("t");
    assertEquals(rows.length, 110_000);
    assert(rows.every(({ v }) => v === 1));
  },
  { majors: [18] },
);

testOnPostgres(
  "an estimate is the server's, or none, and nothing hangs on it",
  async ({ server, sql }) => {
    await sql(
      `CREATE TABLE fresh (id int PRIMARY KEY) WITH (autovacuum_enabled = false); INSERT INTO fresh VALUES (1), (2);
      CREATE TABLE grown (id int PRIMARY KEY) WITH (autovacuum_enabled = false); INSERT INTO grown VALUES (0); ANALYZE grown;
      INSERT INTO grown SELECT i FROM generate_series(1, 2000) i;
      CREATE TABLE shrunk (id int PRIMARY KEY) WITH (autovacuum_enabled = false); INSERT INTO shrunk SELECT i FROM generate_series(1, 100) i;
      ANALYZE shrunk; DELETE FROM shrunk WHERE id > 3; CREATE PUBLICATION p FOR TABLE fresh, grown, shrunk`,
    );
    await using follower = await follow(server);
    const found: Record<string, (number | null)[]> = {};
    for (const event of await follower.copied(3)) {
      if (event.kind === "snapshotBegin") {
        found[event.relation.name] = [event.estimatedRows];
      }
      if (event.kind === "snapshotEnd") {
        found[event.relation.name]!.push(event.rows);
      }
    }
    assertEquals(found, {
      fresh: [null, 2],
      grown: [1, 2_001],
      shrunk: [100, 3],
    });
  },
  { majors: [14, 18] },
);

testOnPostgres(
  "messages and transactions of others come in their order within a copy",
  async ({ server, sql }) => {
    await sql(
      `CREATE TABLE t (id int PRIMARY KEY); INSERT INTO t SELECT i FROM generate_series(1, 3000) i;
      CREATE TABLE other (n int); CREATE PUBLICATION p FOR TABLE t, other WITH (publish = 'insert')`,
    );
    await using follower = await follow(server, {
      snapshot: { chunkBytes: 4_000, tables: ["public.t"] },
    });
    const events = await follower.until(({ kind }) => kind === "chunk");
    let statements = "";
    for (let i = 0; i < 20; i++) {
      statements += `INSERT INTO other VALUES (${i});
        SELECT pg_logical_emit_message(${
        i % 2 === 0
      }, 'heartbeat', '${i}'); COMMIT; BEGIN;`;
    }
    await sql(`BEGIN; ${statements} COMMIT`);
    events.push(...await follower.copied());
    await sql(messageSql("end"));
    events.push(...await follower.message("end"));
    const decoder = new TextDecoder();
    const numbers = (kind: "insert" | "message") =>
      events.flatMap((event) => {
        if (
          event.kind !== kind ||
          event.kind === "message" && event.prefix !== "heartbeat"
        ) return [];
        return event.kind === "insert"
          ? [Number(event.newRow.n)]
          : event.kind === "message"
          ? [Number(decoder.decode(event.content))]
          : [];
      });
    const expected = Array.from({ length: 20 }, (_, i) => i);
    assertEquals(numbers("insert"), expected);
    assertEquals(
      numbers("message").sort((a, b) => a - b),
      expected,
    );
    // Nothing of a copy stands within a transaction.
    let isWithin = false;
    for (const { kind } of events) {
      if (kind === "begin") isWithin = true;
      if (kind === "commit") isWithin = false;
      const isCopy = kind === "read" || kind === "chunk" ||
        kind === "snapshotBegin" || kind === "snapshotEnd";
      assert(!isCopy || !isWithin);
    }
  },
  { majors: [18] },
);

testOnPostgres(
  "a thousand tables, most of them empty, are copied by a few queries",
  async ({ server, sql }) => {
    // None of them was ever vacuumed or analyzed, so the catalog takes all of them for empty.
    await sql(
      `DO $$ BEGIN FOR i IN 1..1050 LOOP EXECUTE format('CREATE TABLE t%s (id int PRIMARY KEY)', i); END LOOP; END $$;
      INSERT INTO t7 VALUES (1); INSERT INTO t1050 VALUES (2); CREATE PUBLICATION p FOR ALL TABLES`,
    );
    const checkpoint = memoryStore();
    const { dial, queries } = recordingDial();
    await using follower = await follow(server, {
      ...{ checkpoint, dial, until: "snapshot" },
      snapshot: { readers: 4 },
    });
    const events = await follower.rest();
    assertEquals(
      events.filter(({ kind }) => kind === "snapshotEnd").length,
      1_050,
    );
    assertEquals(events.filter(({ kind }) => kind === "read").length, 2);
    await untilTrue(
      sql,
      `NOT EXISTS (SELECT FROM pg_stat_activity WHERE ${READERS})`,
    );
    assertEquals(checkpoint.kept?.snapshot?.done.length, 1_050);
    // One lists the tables; then a few for every hundred of them: who has to be waited for,
    // and which are empty.
    const lists = queries.filter((query) => query.includes("listed AS ("));
    assertEquals(lists.length, 1);
    assert(queries.length < 100, `${queries.length} queries`);
  },
  { majors: [18] },
);
