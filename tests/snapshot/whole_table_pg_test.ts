import { assert, assertEquals } from "@std/assert";
import { connectSql, testOnOldestAndNewest } from "../helpers/postgres.ts";
import { truthOf } from "../subscription/replica.ts";
import { follow, memoryStore, messageSql } from "./follower.ts";
import { until } from "../helpers/until.ts";

const MANY = "SELECT i % 50, repeat('x', 200) FROM generate_series(1, 3000) i";

testOnOldestAndNewest(
  "a table without a key comes once, then its changes",
  async ({ server, sql }) => {
    await sql(
      `CREATE TABLE log (n int, t text); ALTER TABLE log REPLICA IDENTITY NOTHING;
    CREATE PUBLICATION p FOR TABLE log WITH (publish = 'insert')`,
    );
    await sql(`INSERT INTO log ${MANY}`);
    const rows: unknown[] = [];
    await using follower = await follow(server, {
      snapshot: { chunkBytes: 20_000 },
    });
    await sql("INSERT INTO log VALUES (-1, 'before the copy is taken')");
    for (const event of await follower.copied()) {
      if (event.kind === "read" || event.kind === "insert") {
        rows.push(event.newRow);
      }
    }
    await sql(`INSERT INTO log VALUES (-2, 'behind'); ${messageSql("end")}`);
    const events = await follower.message("end");
    const later = events.flatMap((event) =>
      event.kind === "insert" ? [event.newRow] : []
    );
    assertEquals(later.at(-1), { n: -2, t: "behind" });
    // Each row once: neither left out nor doubled.
    const all = [...rows, ...later] as Record<string, unknown>[];
    const inOrder = all.map((row) => JSON.stringify(row)).sort();
    const truth = await sql("SELECT n, t FROM log");
    assertEquals(
      inOrder,
      truth.map(({ n, t }) => JSON.stringify({ n: Number(n), t })).sort(),
    );
  },
);

testOnOldestAndNewest(
  "rows without a key are neither lost nor doubled among writers",
  async ({ server, sql }) => {
    await sql(
      `CREATE TABLE log (n int, t text); ALTER TABLE log REPLICA IDENTITY FULL;
    CREATE PUBLICATION p FOR TABLE log`,
    );
    await sql(`INSERT INTO log ${MANY}`);
    let isWriting = true;
    const writers = [1, 2, 3, 4].map(async (writer) => {
      await using client = connectSql(server.url);
      for (let i = 0; isWriting; i++) {
        await client(
          `BEGIN; INSERT INTO log VALUES (${writer}, 'w${i}'), (${writer}, 'w${i}');
        ${i % 3 === 0 ? "SELECT pg_sleep(0.01);" : ""}
        DELETE FROM log WHERE ctid = (SELECT ctid FROM log WHERE n = ${
            i % 50
          } LIMIT 1 FOR UPDATE SKIP LOCKED);
        ${i % 5 === 0 ? "ROLLBACK" : "COMMIT"}`,
        );
      }
    });
    const counts = new Map<string, number>();
    const add = (row: unknown, by: number) => {
      const key = JSON.stringify(row);
      counts.set(key, (counts.get(key) ?? 0) + by);
    };
    await using follower = await follow(server, {
      snapshot: { chunkBytes: 30_000 },
    });
    const apply = (events: Awaited<ReturnType<typeof follower.copied>>) => {
      for (const event of events) {
        if (event.kind === "read" || event.kind === "insert") {
          add(event.newRow, 1);
        }
        if (event.kind === "delete") add(event.oldRow, -1);
        if (event.kind === "snapshotBegin") counts.clear();
      }
    };
    apply(await follower.copied());
    await sql("SELECT pg_sleep(0.2)");
    isWriting = false;
    await Promise.all(writers);
    await sql(messageSql("end"));
    apply(await follower.message("end"));
    const truth = new Map<string, number>();
    for (const { n, t } of await sql("SELECT n, t FROM log")) {
      const key = JSON.stringify({ n: Number(n), t });
      truth.set(key, (truth.get(key) ?? 0) + 1);
    }
    const present = new Map([...counts].filter(([, count]) => count !== 0));
    assertEquals(
      [...present].sort(),
      [...truth].sort(),
    );
  },
);

testOnOldestAndNewest(
  "a table that was copied as a whole leaves out what it has after a restart",
  async ({ server, sql }) => {
    await sql(
      `CREATE TABLE log (t text); CREATE TABLE other (id int PRIMARY KEY);
    CREATE PUBLICATION p FOR TABLE log, other WITH (publish = 'insert')`,
    );
    await sql("INSERT INTO log VALUES ('first')");
    const checkpoint = memoryStore();
    {
      await using follower = await follow(server, {
        ...{ checkpoint, acknowledge: "manual" },
        snapshot: { order: "first", tables: ["public.log"] },
      });
      // The stream has not been read so far yet when the table is copied.
      await sql("INSERT INTO log VALUES ('second')");
      await sql("INSERT INTO other VALUES (1)");
      const { subscription } = follower;
      await until(() => subscription.snapshots[0]?.waitingFor === "stream");
      const events = await follower.copied();
      assertEquals(events.filter(({ kind }) => kind === "read").length, 2);
      const chunk = events.at(-1);
      assert(chunk?.kind === "chunk");
      subscription.acknowledge(chunk);
      await until(() => checkpoint.kept?.snapshot?.done.length === 1);
    }
    assertEquals(Object.keys(checkpoint.kept?.snapshot?.holds ?? {}).length, 1);
    await sql(`INSERT INTO log VALUES ('third'); ${messageSql("end")}`);
    await using follower = await follow(server, {
      ...{ checkpoint, snapshot: { tables: ["public.log"] } },
    });
    const events = await follower.message("end");
    const changes = events.flatMap((event) =>
      event.kind === "insert" ? [`${event.table} ${event.newRow.t ?? ""}`] : []
    );
    // What the copy has does not come again: neither the first nor the second.
    assertEquals(changes, ["public.other ", "public.log third"]);
  },
);

testOnOldestAndNewest(
  'with order: "first" each key is read once, and changes come behind',
  async ({ server, sql }) => {
    await sql(
      `CREATE TABLE a (id int PRIMARY KEY, v int); CREATE TABLE b (id int PRIMARY KEY, v int);
    CREATE PUBLICATION p FOR TABLE a, b`,
    );
    await sql("INSERT INTO a SELECT i, 0 FROM generate_series(1, 2000) i");
    await sql("INSERT INTO b SELECT i, 0 FROM generate_series(1, 2000) i");
    let isWriting = true;
    const writer = (async () => {
      await using client = connectSql(server.url);
      for (let i = 0; isWriting; i++) {
        await client(
          `UPDATE a SET v = v + 1 WHERE id = ${1 + i % 2000};
         UPDATE b SET v = v + 1 WHERE id = ${1 + i % 2000}`,
        );
      }
    })();
    await using follower = await follow(server, {
      snapshot: { order: "first", chunkBytes: 10_000 },
    });
    const events = await follower.copied(2);
    isWriting = false;
    await writer;
    await sql(messageSql("end"));
    events.push(...await follower.message("end"));
    for (const table of ["public.a", "public.b"]) {
      const own = events.filter((event) => event.table === table);
      const reads = own.filter(({ kind }) => kind === "read");
      assertEquals(reads.length, 2_000);
      const first = own.findIndex(({ kind }) => kind === "update");
      const last = own.findLastIndex(({ kind }) => kind === "read");
      assert(first < 0 || first > last, `${table}: a change before its row`);
    }
    for (const table of ["a", "b"]) {
      assertEquals(
        [...follower.rows(table)].sort((x, y) => Number(x.id) - Number(y.id)),
        (await truthOf(sql, table)).sort((x, y) => Number(x.id) - Number(y.id)),
      );
    }
  },
);

/** A connection that is lost in the middle of a copy, and what comes of it. */
interface Loss {
  readonly what: string;
  readonly order: "interleaved" | "first";
  readonly key: string;
  readonly backend: string;
  readonly reasons: readonly string[];
}

const LOSSES: readonly Loss[] = [
  {
    ...{ what: "the reader of a table without a key", order: "interleaved" },
    ...{ key: "", backend: "client backend" },
    reasons: ["initial", "interrupted"],
  },
  {
    ...{ what: 'the reader with order: "first"', order: "first" },
    ...{ key: "PRIMARY KEY", backend: "client backend" },
    reasons: ["initial", "interrupted"],
  },
  {
    ...{ what: "the stream", order: "first", key: "PRIMARY KEY" },
    ...{ backend: "walsender", reasons: ["initial"] },
  },
];

for (const { what, order, key, backend, reasons } of LOSSES) {
  testOnOldestAndNewest(
    `a copy as a whole goes on or begins again when a connection is lost: ${what}`,
    async ({ server, sql }) => {
      await sql(
        `CREATE TABLE log (n int ${key}, t text); CREATE PUBLICATION p FOR TABLE log WITH (publish = 'insert')`,
      );
      // More than the buffers between the two hold.
      await sql(
        "INSERT INTO log SELECT i, repeat('x', 1000) FROM generate_series(1, 20000) i",
      );
      await using follower = await follow(server, {
        key: ["n"],
        snapshot: { order, chunkBytes: 100_000 },
      });
      const events = await follower.until(({ kind }) => kind === "chunk");
      const isThere =
        `EXISTS (SELECT FROM pg_stat_activity WHERE backend_type = '${backend}' AND application_name = 'walbrook')`;
      assertEquals(await sql.value(`SELECT ${isThere}`), "t");
      await sql(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE backend_type = '${backend}' AND application_name = 'walbrook'`,
      );
      await sql("INSERT INTO log VALUES (-1, 'meanwhile')");
      events.push(...await follower.copied());
      const begins = events.flatMap((event) =>
        event.kind === "snapshotBegin" ? [event] : []
      );
      assertEquals(begins.map(({ reason }) => reason), [...reasons]);
      await sql(messageSql("end"));
      events.push(...await follower.message("end"));
      const last = begins.at(-1)!;
      const numbers = events.flatMap((event) =>
        (event.kind === "read" && event.run === last.run) ||
          event.kind === "insert"
          ? [Number(event.newRow.n)]
          : []
      );
      const truth = await sql("SELECT n FROM log");
      const ascending = (a: number, b: number) => a - b;
      assertEquals(
        numbers.sort(ascending),
        truth.map(({ n }) => Number(n)).sort(ascending),
      );
      // Chunks of a copy that was interrupted count for nothing.
      const chunks = events.flatMap((event) =>
        event.kind === "chunk" && event.run === last.run ? [event.rows] : []
      );
      const end = events.find(({ kind }) => kind === "snapshotEnd");
      assert(end?.kind === "snapshotEnd" && end.aborted === null);
      assertEquals(chunks.reduce((sum, rows) => sum + rows, 0), end.rows);
    },
  );
}

for (const order of ["interleaved", "first"] as const) {
  testOnOldestAndNewest(
    `a copy as a whole that a process did not end is begun again by the next (order: "${order}")`,
    async ({ server, sql }) => {
      const key = order === "first" ? "PRIMARY KEY" : "";
      await sql(
        `CREATE TABLE log (n int ${key}, t text); CREATE PUBLICATION p FOR TABLE log WITH (publish = 'insert');
        INSERT INTO log SELECT i, repeat('x', 200) FROM generate_series(1, 5000) i`,
      );
      const checkpoint = memoryStore();
      const snapshot = { order, chunkBytes: 100_000 };
      {
        await using follower = await follow(server, {
          ...{ key: ["n"], checkpoint, snapshot },
        });
        await follower.until(({ kind }) => kind === "chunk");
        await follower.until(({ kind }) => kind === "chunk");
        await sql("INSERT INTO log VALUES (-1, 'left out of the stream')");
      }
      await sql("INSERT INTO log VALUES (-2, 'while nobody listens')");
      await using follower = await follow(server, {
        ...{ key: ["n"], checkpoint, snapshot },
      });
      await sql("INSERT INTO log VALUES (-3, 'later')");
      const events = await follower.copied();
      await sql(messageSql("end"));
      events.push(...await follower.message("end"));
      const rows = events.flatMap((event) =>
        event.kind === "read" || event.kind === "insert"
          ? [Number(event.newRow.n)]
          : []
      );
      const ascending = (a: number, b: number) => a - b;
      assertEquals(
        rows.sort(ascending),
        (await sql("SELECT n FROM log")).map(({ n }) => Number(n))
          .sort(ascending),
      );
    },
  );
}
