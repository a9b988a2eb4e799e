import { assert, assertEquals } from "@std/assert";
import type {
  Row,
  SnapshotBeginEvent,
  SnapshotEndEvent,
} from "@walbrook/walbrook";
import { sharedServers } from "../helpers/database.ts";
import {
  connectSql,
  type SqlClient,
  testOnPostgres,
} from "../helpers/postgres.ts";
import { truthOf } from "../subscription/replica.ts";
import { untilTrue } from "../helpers/until_true.ts";
import { follow, type Follower, messageSql } from "./follower.ts";

const ROWS = 3_000;
const testInDatabase = sharedServers([14, 18]);
const CHUNKS = { chunkBytes: 4_000 };

/** What happens to a table in the middle of its copy, and what comes of it. */
interface Case {
  readonly name: string;
  /** The SQL; `$` stands for the table. */
  readonly sql: string;
  /** Why the copy begins, each time that it does. */
  readonly reasons: readonly SnapshotBeginEvent["reason"][];
  /** How it ends. */
  readonly aborted?: SnapshotEndEvent["aborted"];
  /** Whether rows that came before are not what the server has, as with any change of the table. */
  readonly isApart?: boolean;
}

const CASES: readonly Case[] = [
  {
    name: "a column with another type",
    sql: "ALTER TABLE $ ALTER v TYPE bigint USING v + 1000",
    reasons: ["initial", "rewritten"],
  },
  {
    name: "a longer varchar, which rewrites nothing",
    sql: "ALTER TABLE $ ALTER t TYPE varchar(90)",
    reasons: ["initial"],
  },
  {
    name: "a new column",
    sql: "ALTER TABLE $ ADD e int",
    isApart: true,
    reasons: ["initial"],
  },
  {
    name: "a new column with a constant default",
    sql: "ALTER TABLE $ ADD e int DEFAULT 7",
    reasons: ["initial"],
    isApart: true,
  },
  {
    name: "a new column with a value for each row",
    sql: "ALTER TABLE $ ADD e float8 DEFAULT random()",
    reasons: ["initial", "rewritten"],
  },
  {
    name: "a column less",
    sql: "ALTER TABLE $ DROP t",
    reasons: ["initial"],
    isApart: true,
  },
  {
    name: "a column with another name",
    sql: "ALTER TABLE $ RENAME v TO w",
    reasons: ["initial"],
    isApart: true,
  },
  {
    name: "a key column with another name",
    sql: "ALTER TABLE $ RENAME id TO id2; ALTER TABLE $ RENAME id2 TO id",
    reasons: ["initial"],
  },
  {
    name: "another key",
    sql: "ALTER TABLE $ DROP CONSTRAINT $_pkey, ADD PRIMARY KEY (v, id)",
    reasons: ["initial", "rewritten"],
  },
  {
    name: "another replica identity",
    sql: "ALTER TABLE $ REPLICA IDENTITY FULL",
    reasons: ["initial"],
  },
  { name: "CLUSTER", sql: "CLUSTER $ USING $_pkey", reasons: ["initial"] },
  { name: "VACUUM FULL", sql: "VACUUM FULL $", reasons: ["initial"] },
  {
    name: "TRUNCATE",
    sql:
      "TRUNCATE $; INSERT INTO $ SELECT i, i, 'new' FROM generate_series(1, 10) i",
    reasons: ["initial", "truncated"],
  },
  {
    name: "TRUNCATE of a table with rows that come later",
    sql:
      "BEGIN; TRUNCATE $; INSERT INTO $ VALUES (1, 1, 'x'); COMMIT; UPDATE $ SET v = 2",
    reasons: ["initial", "truncated"],
  },
  {
    name: "DROP TABLE",
    sql: "DROP TABLE $",
    reasons: ["initial"],
    aborted: "dropped",
    isApart: true,
  },
  {
    name: "the end of its publication",
    sql: "ALTER PUBLICATION p DROP TABLE $",
    reasons: ["initial"],
    aborted: "unpublished",
    isApart: true,
  },
  {
    name: "another schema",
    sql: "CREATE SCHEMA s; ALTER TABLE $ SET SCHEMA s",
    reasons: ["initial"],
    isApart: true,
  },
];

function byId(a: Row, b: Row): number {
  return Number(a.id) - Number(b.id);
}

async function copyInTheMiddle(
  sql: SqlClient,
  follower: Follower,
  change: string,
) {
  const before = await follower.until(({ kind }) => kind === "chunk");
  await sql(change);
  // The stream lives, whatever becomes of the copy.
  await sql("INSERT INTO other VALUES (nextval('ids'))");
  const after = await follower.copied();
  return [...before, ...after];
}

for (
  const { name, sql: change, reasons, aborted = null, isApart = false } of CASES
) {
  testInDatabase(
    `a table that is altered in the middle of its copy: ${name}`,
    async ({ server, sql }) => {
      await sql(`CREATE TABLE t (id int PRIMARY KEY, v int, t varchar(40));
      CREATE TABLE other (id int PRIMARY KEY); CREATE SEQUENCE ids;
      INSERT INTO t SELECT i, i, 'text ' || i FROM generate_series(1, ${ROWS}) i;
      CREATE PUBLICATION p FOR TABLE t, other`);
      await using follower = await follow(server, {
        snapshot: { ...CHUNKS, tables: ["public.t"] },
      });
      const events = await copyInTheMiddle(
        sql,
        follower,
        change.replaceAll("$", "t"),
      );
      const begins = events.flatMap((event) =>
        event.kind === "snapshotBegin" ? [event.reason] : []
      );
      assertEquals(begins, reasons);
      const end = events.findLast((event) => event.kind === "snapshotEnd");
      assert(end?.kind === "snapshotEnd");
      assertEquals(end.aborted, aborted);
      await sql(messageSql("end"));
      const later = await follower.message("end");
      assert(
        [...events, ...later].some(({ table }) => table === "public.other"),
      );
      if (isApart) return;
      assertEquals(
        [...follower.rows("t")].sort(byId),
        (await truthOf(sql, "t")).sort(byId),
      );
    },
  );
}

testOnPostgres(
  "tables that are altered before their copy begins are copied as they are then",
  async ({ server, sql }) => {
    await sql(`CREATE TABLE first (id int PRIMARY KEY);
    INSERT INTO first SELECT i FROM generate_series(1, ${ROWS}) i`);
    for (const name of ["retyped", "grown", "dropped", "moved", "emptied"]) {
      await sql(`CREATE TABLE ${name} (id int PRIMARY KEY, v int);
      INSERT INTO ${name} SELECT i, i FROM generate_series(1, 10) i`);
    }
    await sql("CREATE PUBLICATION p FOR ALL TABLES");
    await using follower = await follow(server, { snapshot: CHUNKS });
    const events = await follower.until(({ kind }) => kind === "chunk");
    await sql(`ALTER TABLE retyped ALTER v TYPE text USING 'v' || v;
    ALTER TABLE grown ADD e float8 DEFAULT random(); DROP TABLE dropped;
    CREATE SCHEMA s; ALTER TABLE moved SET SCHEMA s; TRUNCATE emptied`);
    events.push(...await follower.copied(5));
    const begins = events.flatMap((event) =>
      event.kind === "snapshotBegin" ? [`${event.table} ${event.reason}`] : []
    );
    assertEquals(begins, [
      ...["public.first initial", "public.retyped initial"],
      ...[
        "public.grown initial",
        "s.moved initial",
        "public.emptied initial",
      ],
    ]);
    for (const name of ["retyped", "grown", "emptied"]) {
      assertEquals(
        [...follower.rows(name)].sort(byId),
        (await truthOf(sql, name)).sort(byId),
        name,
      );
    }
    const dropped = follower.subscription.snapshots.find(({ table }) =>
      table === "public.dropped"
    );
    assertEquals(dropped?.state, "aborted");
  },
  { majors: [14, 18] },
);

testOnPostgres(
  "rows that are copied after a change of the table have its new columns",
  async ({ server, sql }) => {
    await sql(`CREATE TABLE t (id int PRIMARY KEY, v int);
    INSERT INTO t SELECT i, i FROM generate_series(1, ${ROWS}) i;
    CREATE PUBLICATION p FOR TABLE t`);
    await using follower = await follow(server, { snapshot: CHUNKS });
    await follower.until(({ kind }) => kind === "chunk");
    await sql("ALTER TABLE t ADD e int DEFAULT 7");
    const events = await follower.copied();
    const relation = events.find(({ kind }) => kind === "relation");
    assert(relation?.kind === "relation" && relation.transaction === null);
    assertEquals(relation.changes.map(({ kind }) => kind), ["columnAdded"]);
    const last = events.findLast(({ kind }) => kind === "read");
    assert(last?.kind === "read");
    assertEquals(last.newRow, { id: ROWS, v: ROWS, e: 7 });
    // The stream has nothing to add to that.
    await sql("INSERT INTO t VALUES (-1, -1, -1)");
    const later = await follower.until(({ kind }) => kind === "commit");
    assertEquals(later.map(({ kind }) => kind), ["begin", "insert", "commit"]);
  },
  { majors: [14, 18] },
);

testOnPostgres(
  "a migration waits for its lock no longer than a chunk is read",
  async ({ server, sql }) => {
    await sql(`CREATE TABLE t (id int PRIMARY KEY, v int);
    INSERT INTO t SELECT i, i FROM generate_series(1, ${ROWS}) i;
    CREATE PUBLICATION p FOR TABLE t`);
    await using follower = await follow(server, { snapshot: CHUNKS });
    await follower.until(({ kind }) => kind === "chunk");
    // The consumer does not come back: nothing is held meanwhile.
    await sql("SET lock_timeout = '5s'");
    await sql("ALTER TABLE t ADD e int");
    await sql("RESET lock_timeout");
    // One that holds its lock is waited for, and does not find a queue behind it.
    await using migration = connectSql(server.url);
    await migration("BEGIN; LOCK TABLE t IN ACCESS EXCLUSIVE MODE");
    const copied = follower.copied();
    await untilTrue(
      sql,
      "EXISTS (SELECT FROM pg_locks WHERE NOT granted AND mode = 'AccessShareLock')",
    );
    await untilTrue(
      sql,
      "NOT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND mode = 'AccessShareLock')",
    );
    await migration("COMMIT");
    const events = await copied;
    assertEquals(
      events.findLast((event) => event.kind === "snapshotEnd")?.kind,
      "snapshotEnd",
    );
    assertEquals(follower.rows("t").length, ROWS);
  },
  { majors: [14, 18] },
);
