import { assert, assertEquals } from "@std/assert";
import {
  type ReplicationEvent,
  subscribe,
  type Subscription,
  UNCHANGED,
} from "@walbrook/walbrook";
import { type SqlClient, testOnPostgres } from "../helpers/postgres.ts";
import { Replica, truthOf } from "./replica.ts";

const SET_UP = String.raw`
  CREATE TYPE mood AS ENUM ('sad', 'happy');
  CREATE DOMAIN positive AS int8 CHECK (VALUE > 0);
  CREATE TYPE pair AS (a int, b text);
  CREATE TABLE by_default (id int PRIMARY KEY, name text, big text);
  ALTER TABLE by_default ALTER big SET STORAGE EXTERNAL;
  CREATE TABLE by_index (id int, code text NOT NULL, big text);
  ALTER TABLE by_index ALTER big SET STORAGE EXTERNAL;
  CREATE UNIQUE INDEX by_index_code ON by_index (code);
  ALTER TABLE by_index REPLICA IDENTITY USING INDEX by_index_code;
  CREATE TABLE by_full (id int, name text, big text);
  ALTER TABLE by_full ALTER big SET STORAGE EXTERNAL;
  ALTER TABLE by_full REPLICA IDENTITY FULL;
  CREATE TABLE by_big_key (key text PRIMARY KEY, note text);
  ALTER TABLE by_big_key ALTER key SET STORAGE EXTERNAL;
  CREATE TABLE by_nothing (id int PRIMARY KEY);
  ALTER TABLE by_nothing REPLICA IDENTITY NOTHING;
  CREATE TABLE typed (
    id int PRIMARY KEY, m mood, p positive, q pair, ms mood[], i8 int8, n numeric,
    f4 float4, f8 float8, b bytea, j json, jb jsonb, d date, t time, tz timetz,
    ts timestamp, tstz timestamptz, iv interval, u uuid, ia int[], ta text[],
    r int4range, c char(4), bit varbit, i inet, g int GENERATED ALWAYS AS (id + 1) STORED
  );
  CREATE TABLE parent (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY);
  CREATE TABLE child (id int PRIMARY KEY, parent int REFERENCES parent);
  CREATE TABLE unpublished (id int PRIMARY KEY);
  CREATE TABLE "Odd ""name""" (id int PRIMARY KEY, "__proto__" text, "größe" text, "" text)`
  // A column needs a name; a blank will do.
  .replace(`, "" text`, `, " " text`);

const TABLES = [
  ...["by_default", "by_index", "by_full", "by_big_key", "by_nothing"],
  ...["typed", "parent", "child", '"Odd ""name"""'],
];

const BIG = "repeat('x', 2500)";

const WORKLOAD: readonly string[] = [
  `INSERT INTO by_default VALUES (1, 'a', ${BIG}), (2, NULL, ''), (3, 'c', NULL)`,
  `UPDATE by_default SET name = 'b' WHERE id = 1`,
  `UPDATE by_default SET id = 20 WHERE id = 2`,
  `UPDATE by_default SET id = id + 100`,
  `DELETE FROM by_default WHERE id = 103`,
  `INSERT INTO by_index VALUES (1, 'one', ${BIG}), (2, 'two', NULL)`,
  `UPDATE by_index SET id = 10 WHERE code = 'one'`,
  `UPDATE by_index SET code = 'eins' WHERE id = 10`,
  `DELETE FROM by_index WHERE code = 'two'`,
  `INSERT INTO by_full VALUES (1, 'a', ${BIG}), (1, 'a', NULL), (1, NULL, NULL)`,
  `UPDATE by_full SET name = 'b' WHERE big IS NOT NULL`,
  `DELETE FROM by_full WHERE name IS NULL`,
  `INSERT INTO by_big_key VALUES (${BIG}, 'before')`,
  `UPDATE by_big_key SET note = 'after'`,
  `INSERT INTO by_nothing VALUES (1), (2)`,
  `BEGIN; INSERT INTO by_nothing VALUES (-1); ROLLBACK`,
  `BEGIN;
   INSERT INTO by_default VALUES (7, 'before', NULL);
   SAVEPOINT s; INSERT INTO by_default VALUES (8, 'rolled back', NULL); ROLLBACK TO s;
   SAVEPOINT s2; INSERT INTO by_default VALUES (9, 'kept', NULL); RELEASE s2;
   COMMIT`,
  `INSERT INTO unpublished VALUES (1)`,
  String.raw`INSERT INTO typed VALUES (1, 'happy', 7, (1, 'x,"y'), '{sad,NULL}',
     '-9223372036854775808', 'NaN', 'Infinity', '-0', '\x00ff5c', '{"a": [1, null]}',
     '{"__proto__": 1}', 'infinity', '24:00', '01:02:03.000004+05:30',
     '0044-03-15 BC', '294276-12-31 23:59:59.999999+00', '1 year -2 months 3 days 04:05:06.7',
     'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', '[0:1]={5,NULL}', '{"a,b","\"",NULL,"NULL"}',
     '[1,10)', 'a', '101', '::1/64')`,
  `INSERT INTO typed (id, f8, f4, n, tstz, d, ts) VALUES (2, 0.1::float8 + 0.2, 1.1,
     '123456789012345678901234567890.000000000000000000001', '-infinity',
     '4713-01-01 BC', 'infinity')`,
  `INSERT INTO typed (id) VALUES (3)`,
  `UPDATE typed SET m = 'sad', ms = '{}', n = '-Infinity'::float8::text::numeric WHERE false`,
  `UPDATE typed SET m = 'sad', ia = '{}' WHERE id = 1`,
  `INSERT INTO "Odd ""name""" VALUES (1, 'proto', 'ä€😀', NULL)`,
  `UPDATE "Odd ""name""" SET "__proto__" = 'new'`,
  `BEGIN; INSERT INTO parent DEFAULT VALUES; INSERT INTO child SELECT 1, id FROM parent; COMMIT`,
  `TRUNCATE parent RESTART IDENTITY CASCADE`,
  `BEGIN; INSERT INTO child VALUES (5, NULL); TRUNCATE by_nothing, child;
   INSERT INTO child VALUES (6, NULL); COMMIT`,
  `SELECT pg_logical_emit_message(false, 'outside', '\\x00ff'::bytea)`,
  `BEGIN;
   SELECT pg_logical_emit_message(true, 'inside', 'first');
   INSERT INTO child VALUES (7, NULL);
   SELECT pg_logical_emit_message(true, 'inside', 'äöü');
   COMMIT`,
  `SELECT pg_logical_emit_message(true, 'alone', '')`,
  `BEGIN; SELECT pg_logical_emit_message(false, 'of an aborted one', '');
   SELECT pg_logical_emit_message(true, 'never sent', ''); ROLLBACK`,
  `SELECT pg_replication_origin_create('upstream');
   SELECT pg_replication_origin_session_setup('upstream')`,
  `BEGIN; SELECT pg_replication_origin_xact_setup('0/ABCDEF', '2001-02-03 04:05:06+00');
   INSERT INTO child VALUES (8, NULL); COMMIT`,
  `SELECT pg_replication_origin_session_reset()`,
  `BEGIN;
   INSERT INTO by_default VALUES (50, 'old columns', NULL);
   ALTER TABLE by_default ADD added timestamptz;
   INSERT INTO by_default VALUES (51, 'new column', NULL, '2001-02-03 04:05:06+00');
   ALTER TABLE by_default DROP big;
   UPDATE by_default SET name = 'dropped column' WHERE id = 50;
   COMMIT`,
  `ALTER TABLE by_default RENAME added TO stamped; UPDATE by_default SET stamped = now()
     WHERE id = 51`,
];

async function collect(
  take: (subscription: Subscription) => AsyncIterable<unknown>,
  options: Parameters<typeof subscribe>[0],
): Promise<ReplicationEvent[]> {
  await using subscription = await subscribe(options);
  const events: ReplicationEvent[] = [];
  for await (const some of take(subscription)) {
    events.push(...[some as ReplicationEvent].flat());
  }
  return events;
}

testOnPostgres(
  "subscribe() delivers what SQL says has happened",
  async ({ server, sql }, t) => {
    await sql(SET_UP);
    await sql(
      `CREATE PUBLICATION "we""ird, 'pub' \\" FOR TABLE ${TABLES.join(", ")}`,
    );
    const slots = ["one_by_one", "readable", "batches", "binary"];
    for (const slot of slots) {
      await sql(
        `SELECT pg_create_logical_replication_slot('${slot}', 'pgoutput')`,
      );
    }
    for (const statement of WORKLOAD) await sql(statement);
    const until = "now";
    const options = (slot: string) => ({
      connection: server.url,
      slot,
      publication: `we"ird, 'pub' \\`,
      until,
    } as const);
    const events = await collect((one) => one, options("one_by_one"));

    await t.step("each table has the rows that its events make", async () => {
      const replica = new Replica();
      for (const event of events) replica.apply(event);
      for (const table of TABLES) {
        const name = table.replaceAll(/^"|"$/g, "").replaceAll('""', '"');
        assertEquals(replica.rows(name), await truthOf(sql, table), table);
      }
    });

    await t.step("transactions are whole, in order and numbered", async () => {
      await checkTransactions(events, sql);
    });

    await t.step("what is no row comes too", () => {
      const rest = events.flatMap((event) => {
        if (event.kind === "truncate") {
          const { relations, cascade, restartIdentity } = event;
          return [[
            ...relations.map(({ name }) => name).sort(),
            cascade,
            restartIdentity,
          ].join(" ")];
        }
        if (event.kind !== "message") return [];
        const place = event.transaction === null ? "outside" : event.index;
        return [`${event.prefix} ${place} ${[...event.content]}`];
      });
      assertEquals(rest, [
        "child parent true true",
        "by_nothing child false false",
        "outside outside 0,255",
        "inside 0 102,105,114,115,116",
        "inside 2 195,164,195,182,195,188",
        "alone 0 ",
        "of an aborted one outside ",
      ]);
      const origins = events.filter((event) =>
        event.kind === "begin" && event.transaction.origin !== null
      );
      assertEquals(origins.length, 1);
      assertEquals(origins[0]?.transaction?.origin, "upstream");
    });

    await t.step("what did not change is told from null", () => {
      const updates = events.filter((event) => event.kind === "update");
      const [first] = updates;
      assert(first?.kind === "update");
      assertEquals(first.key, { id: 1 });
      assertEquals(first.newRow, { id: 1, name: "b", big: UNCHANGED });
      const full = updates.find(({ relation }) => relation.name === "by_full");
      assertEquals(full?.newRow["big"], "x".repeat(2500));
      assertEquals(full?.key, null);
      const key = updates.find(({ relation }) =>
        relation.name === "by_big_key"
      );
      assertEquals(key?.newRow, { key: "x".repeat(2500), note: "after" });
      assertEquals(key?.key, { key: "x".repeat(2500) });
    });

    await t.step(
      "a table's new shape comes before the rows that have it",
      () => {
        const shapes = events.flatMap((event) =>
          event.kind === "relation" && event.relation.name === "by_default"
            ? [event.relation.columns.map(({ name }) => name).join(" ")]
            : []
        );
        assertEquals(shapes, [
          "id name big",
          "id name big added",
          "id name added",
          "id name stamped",
        ]);
      },
    );

    await t.step("all three views give the same events", async () => {
      assertEquals(
        await collect((one) => one.readable, options("readable")),
        events,
      );
      assertEquals(
        await collect((one) => one.batches, options("batches")),
        events,
      );
    });

    await t.step("the events are the same in binary format", async () => {
      assertEquals(
        await collect((one) => one, { ...options("binary"), binary: true }),
        events,
      );
    });

    await t.step("nothing of it comes again", async () => {
      for (const slot of slots) {
        assertEquals(await collect((one) => one, options(slot)), []);
      }
    });
  },
);

async function checkTransactions(
  events: readonly ReplicationEvent[],
  sql: SqlClient,
): Promise<void> {
  let commitLsn = 0n;
  let open: ReplicationEvent["transaction"] = null;
  let changes = 0;
  for (const event of events) {
    if (event.kind === "message" && event.transaction === null) continue;
    if (event.kind === "begin") {
      assert(open === null);
      open = event.transaction;
      changes = 0;
      assert(event.transaction.commitLsn > commitLsn);
      commitLsn = event.transaction.commitLsn;
    }
    assert(event.transaction === open);
    assertEquals(event.index, changes);
    if (!["begin", "relation", "commit"].includes(event.kind)) changes++;
    if (event.kind === "commit") {
      assert(event.endLsn > event.transaction.commitLsn);
      open = null;
    }
  }
  assert(open === null);
  // The last committed xid that pg_xact still knows is the last one delivered.
  const last = events.at(-1);
  assert(last?.kind === "commit");
  assertEquals(
    await sql.value(
      `SELECT pg_xact_status('${last.transaction.xid}'::xid8)`,
    ),
    "committed",
  );
}
