import { assertEquals } from "@std/assert";
import type { Row } from "@walbrook/walbrook";
import { sharedServers } from "../helpers/database.ts";
import { type SqlClient, testOnPostgres } from "../helpers/postgres.ts";
import { untilTrue } from "../helpers/until_true.ts";
import { follow, kindsOf, messageSql } from "./follower.ts";

const MAJORS = [14, 15, 18] as const;
const testInDatabase = sharedServers(MAJORS);

/** What is published, and which rows and columns of it a native subscription would copy. */
interface Case {
  readonly name: string;
  readonly sql: string;
  readonly publications?: readonly string[];
  /** For each table, as the stream names it, the query that gives what is copied. */
  readonly copied: Readonly<Record<string, string>>;
  /** The oldest version that has it. */
  readonly since?: 15 | 18;
}

const TABLE = `CREATE TABLE t (id int PRIMARY KEY, a int, b text);
  INSERT INTO t SELECT i, i % 7, 'b' || i FROM generate_series(1, 300) i;`;

const CASES: readonly Case[] = [
  {
    name: "a row filter",
    since: 15,
    sql: `${TABLE} CREATE PUBLICATION p FOR TABLE t WHERE (id % 3 = 0)`,
    copied: { t: "SELECT * FROM t WHERE id % 3 = 0" },
  },
  {
    name: "a column list",
    since: 15,
    sql: `${TABLE} CREATE PUBLICATION p FOR TABLE t (id, b)`,
    copied: { t: "SELECT id, b FROM t" },
  },
  {
    name: "two publications with row filters",
    since: 15,
    sql:
      `${TABLE} CREATE PUBLICATION p FOR TABLE t WHERE (id < 10); CREATE PUBLICATION q FOR TABLE t WHERE (id > 290)`,
    publications: ["p", "q"],
    copied: { t: "SELECT * FROM t WHERE id < 10 OR id > 290" },
  },
  {
    name: "a publication with a row filter, and one without",
    since: 15,
    sql:
      `${TABLE} CREATE PUBLICATION p FOR TABLE t WHERE (id < 10); CREATE PUBLICATION q FOR TABLE t`,
    publications: ["p", "q"],
    copied: { t: "SELECT * FROM t" },
  },
  {
    name: "a row filter, and all tables",
    since: 15,
    sql:
      `${TABLE} CREATE PUBLICATION p FOR TABLE t WHERE (id < 10); CREATE PUBLICATION q FOR ALL TABLES`,
    publications: ["p", "q"],
    copied: { t: "SELECT * FROM t" },
  },
  {
    name: "all tables of a schema",
    since: 15,
    sql:
      `CREATE SCHEMA s; CREATE TABLE s.u (id int PRIMARY KEY); INSERT INTO s.u VALUES (1), (2);
      ${TABLE} CREATE PUBLICATION p FOR TABLES IN SCHEMA s`,
    copied: { u: "SELECT * FROM s.u" },
  },
  {
    name: "all tables, but for those that no publication has",
    sql:
      `${TABLE} CREATE UNLOGGED TABLE no (id int PRIMARY KEY); INSERT INTO no VALUES (1);
      CREATE VIEW v AS SELECT * FROM t; CREATE PUBLICATION p FOR ALL TABLES`,
    copied: { t: "SELECT * FROM t" },
  },
  {
    name: "stored generated columns, which are not sent",
    sql:
      `CREATE TABLE t (id int PRIMARY KEY, g int GENERATED ALWAYS AS (id * 2) STORED);
      INSERT INTO t (id) SELECT i FROM generate_series(1, 50) i; CREATE PUBLICATION p FOR TABLE t`,
    copied: { t: "SELECT id FROM t" },
  },
  {
    name: "stored generated columns that are published",
    since: 18,
    sql:
      `CREATE TABLE t (id int PRIMARY KEY, g int GENERATED ALWAYS AS (id * 2) STORED, v int GENERATED ALWAYS AS (id * 3) VIRTUAL);
      INSERT INTO t (id) SELECT i FROM generate_series(1, 50) i; CREATE PUBLICATION p FOR TABLE t WITH (publish_generated_columns = stored)`,
    copied: { t: "SELECT id, g FROM t" },
  },
  {
    name: "partitions, each by itself",
    sql: `CREATE TABLE t (id int PRIMARY KEY) PARTITION BY RANGE (id);
      CREATE TABLE t1 PARTITION OF t FOR VALUES FROM (0) TO (100); CREATE TABLE t2 PARTITION OF t FOR VALUES FROM (100) TO (200);
      INSERT INTO t SELECT i FROM generate_series(0, 199) i; CREATE PUBLICATION p FOR TABLE t`,
    copied: { t1: "SELECT * FROM t1", t2: "SELECT * FROM t2" },
  },
  {
    name: "partitions under the name of the whole, two levels deep",
    sql:
      `CREATE TABLE t (id int, n int, PRIMARY KEY (id, n)) PARTITION BY RANGE (id);
      CREATE TABLE t1 PARTITION OF t FOR VALUES FROM (0) TO (100) PARTITION BY LIST (n);
      CREATE TABLE t1a PARTITION OF t1 FOR VALUES IN (0); CREATE TABLE t1b PARTITION OF t1 FOR VALUES IN (1);
      CREATE TABLE t2 PARTITION OF t DEFAULT;
      INSERT INTO t SELECT i, i % 2 FROM generate_series(0, 199) i; CREATE PUBLICATION p FOR TABLE t WITH (publish_via_partition_root)`,
    copied: { t: "SELECT * FROM t" },
  },
  {
    name: "a partition by itself, and the whole by another publication",
    sql: `CREATE TABLE t (id int PRIMARY KEY) PARTITION BY RANGE (id);
      CREATE TABLE t1 PARTITION OF t FOR VALUES FROM (0) TO (100); CREATE TABLE t2 PARTITION OF t FOR VALUES FROM (100) TO (200);
      INSERT INTO t SELECT i FROM generate_series(0, 199) i;
      CREATE PUBLICATION p FOR TABLE t1; CREATE PUBLICATION q FOR TABLE t WITH (publish_via_partition_root)`,
    publications: ["p", "q"],
    copied: { t: "SELECT * FROM t" },
  },
  {
    name: "a table that others inherit from",
    sql:
      `CREATE TABLE t (id int PRIMARY KEY, a int); CREATE TABLE child (PRIMARY KEY (id)) INHERITS (t);
      INSERT INTO t VALUES (1, 1); INSERT INTO child VALUES (2, 2); CREATE PUBLICATION p FOR TABLE t`,
    copied: { t: "SELECT * FROM ONLY t", child: "SELECT * FROM child" },
  },
  {
    name: "a table that others inherit from, alone",
    sql:
      `CREATE TABLE t (id int PRIMARY KEY, a int); CREATE TABLE child (PRIMARY KEY (id)) INHERITS (t);
      INSERT INTO t VALUES (1, 1); INSERT INTO child VALUES (2, 2); CREATE PUBLICATION p FOR TABLE ONLY t`,
    copied: { t: "SELECT * FROM ONLY t" },
  },
  {
    name: "no rows, no columns, and names that need quotes",
    sql: `CREATE TABLE empty (id int PRIMARY KEY);
      CREATE TABLE "Odd ""name""" ("I d" int PRIMARY KEY, "select" text, "ü" int); INSERT INTO "Odd ""name""" VALUES (1, 'a', 2);
      CREATE PUBLICATION p FOR TABLE empty, "Odd ""name"""`,
    copied: {
      empty: "SELECT * FROM empty",
      'Odd "name"': 'SELECT * FROM "Odd ""name"""',
    },
  },
];

function textOf(row: Row): string {
  return JSON.stringify(
    Object.entries(row).map((
      [name, value],
    ) => [name, value === null ? null : String(value)]),
  );
}

async function truth(sql: SqlClient, query: string): Promise<string[]> {
  return (await sql(query)).map(textOf).sort();
}

for (
  const { name, sql: setUp, publications = ["p"], copied, since = 14 } of CASES
) {
  testInDatabase(
    `a copy has what is published: ${name}`,
    async ({ server, sql }) => {
      await sql(setUp);
      await using follower = await follow(server, {
        publication: publications,
      });
      const events = await follower.copied(Object.keys(copied).length);
      const found: Record<string, string[]> = {};
      for (const event of events) {
        if (event.kind === "snapshotBegin") found[event.relation.name] = [];
        if (event.kind === "read") {
          found[event.relation.name]!.push(textOf(event.newRow));
        }
      }
      assertEquals(Object.keys(found).sort(), Object.keys(copied).sort());
      for (const [table, query] of Object.entries(copied)) {
        assertEquals(found[table]!.sort(), await truth(sql, query));
      }
    },
    { majors: MAJORS.filter((major) => major >= since) },
  );
}

testOnPostgres(
  "what is copied is what PostgreSQL's own subscription copies",
  async ({ server, sql }) => {
    await sql(
      `CREATE TABLE a (id int PRIMARY KEY, x int, g int GENERATED ALWAYS AS (x + 1) STORED, y text);
    INSERT INTO a (id, x, y) SELECT i, i % 5, 'y' || i FROM generate_series(1, 200) i;
    CREATE TABLE b (id int PRIMARY KEY) PARTITION BY RANGE (id); CREATE TABLE b1 PARTITION OF b DEFAULT;
    INSERT INTO b SELECT i FROM generate_series(1, 100) i;
    CREATE PUBLICATION p FOR TABLE a (id, x, y) WHERE (id % 2 = 0), b WITH (publish_via_partition_root);
    CREATE PUBLICATION q FOR TABLE a (id, x, y) WHERE (id % 3 = 0)`,
    );
    await sql("CREATE DATABASE other");
    const { connectSql } = await import("../helpers/postgres.ts");
    await using other = connectSql(server.url.replace(/\/postgres$/, "/other"));
    await other(
      "CREATE TABLE a (id int PRIMARY KEY, x int, y text); CREATE TABLE b (id int PRIMARY KEY)",
    );
    await sql(
      "SELECT pg_create_logical_replication_slot('native', 'pgoutput')",
    );
    await other(
      `CREATE SUBSCRIPTION n CONNECTION '${server.url}' PUBLICATION p, q WITH (slot_name = 'native', create_slot = false)`,
    );
    await untilTrue(
      other,
      "SELECT bool_and(srsubstate = 'r') FROM pg_subscription_rel",
    );
    await using follower = await follow(server, { publication: ["p", "q"] });
    await follower.copied(2);
    for (const table of ["a", "b"]) {
      assertEquals(
        follower.rows(table).map(textOf).sort(),
        await truth(other, `SELECT * FROM ${table}`),
      );
    }
    await other("ALTER SUBSCRIPTION n DISABLE");
    await other("ALTER SUBSCRIPTION n SET (slot_name = NONE)");
    await other("DROP SUBSCRIPTION n");
  },
  { majors: [15, 18] },
);

testOnPostgres(
  "a partition that is attached in the middle of a copy, and rows that move to it",
  async ({ server, sql }) => {
    await sql(
      `CREATE TABLE t (id int, n int, PRIMARY KEY (id, n)) PARTITION BY LIST (n);
    CREATE TABLE t0 PARTITION OF t FOR VALUES IN (0);
    CREATE TABLE t1 (id int, n int, PRIMARY KEY (id, n));
    INSERT INTO t SELECT i, 0 FROM generate_series(1, 2000) i; INSERT INTO t1 SELECT i, 1 FROM generate_series(3001, 3100) i;
    CREATE PUBLICATION p FOR TABLE t WITH (publish_via_partition_root)`,
    );
    await using follower = await follow(server, {
      key: ["id", "n"],
      snapshot: { chunkBytes: 4_000 },
    });
    await follower.until(({ kind }) => kind === "chunk");
    await sql("ALTER TABLE t ATTACH PARTITION t1 FOR VALUES IN (1)");
    await sql("UPDATE t SET n = 1 WHERE id % 10 = 0");
    await follower.copied();
    await sql(messageSql("end"));
    await follower.message("end");
    assertEquals(
      follower.rows("t").map(textOf).sort(),
      await truth(sql, "SELECT * FROM t"),
    );
  },
  { majors: [14, 18] },
);

testOnPostgres(
  "a table that is created and published later is copied, whatever writes to it",
  async ({ server, sql }) => {
    await sql(
      `CREATE TABLE t (id int PRIMARY KEY); CREATE TABLE later (id int PRIMARY KEY); CREATE PUBLICATION p FOR TABLE t`,
    );
    await using follower = await follow(server);
    await follower.copied();
    const { connectSql } = await import("../helpers/postgres.ts");
    await using writer = connectSql(server.url);
    // What it writes before the table is published is never streamed.
    await writer("BEGIN; INSERT INTO later VALUES (1)");
    await sql("ALTER PUBLICATION p ADD TABLE later");
    await writer("INSERT INTO later VALUES (2)");
    const copying = follower.subscription.snapshot("public.later");
    const copied = follower.copied();
    await untilTrue(
      sql,
      "SELECT count(*) > 0 FROM pg_stat_activity WHERE application_name = 'walbrook' AND backend_type = 'client backend'",
    );
    await writer("COMMIT");
    await sql("INSERT INTO later VALUES (3)");
    const events = await copied;
    await copying;
    await sql(messageSql("end"));
    await follower.message("end");
    assertEquals(follower.rows("later").map(({ id }) => id).sort(), [1, 2, 3]);
    assertEquals(kindsOf(events).includes("snapshotBegin"), true);
  },
  { majors: [14, 18] },
);
