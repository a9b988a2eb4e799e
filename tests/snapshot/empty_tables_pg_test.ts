import { assert, assertEquals, assertRejects } from "@std/assert";
import {
  connectSql,
  type ServerContext,
  type SqlClient,
  testOnPostgres,
} from "../helpers/postgres.ts";
import { recordingDial } from "../helpers/recording_dial.ts";
import { until } from "../helpers/until.ts";
import { follow, type Follower } from "./follower.ts";

const TABLES = ["t0", "t1", "t2", "t3"];

/** What happens to four tables that seem to be empty, while they are copied together. */
interface Case {
  readonly name: string;
  /** Before the copy begins. */
  readonly before?: string;
  /** In a transaction that is older than the copy. */
  readonly older?: string;
  /** After the tables have been looked up, and before they are read. */
  readonly between?: string;
  /** In a transaction that ends when the first table has been copied. */
  readonly locked?: string;
  /** The rows of the four tables in the end; `null` if there is no such table. */
  readonly rows: readonly (number | null)[];
  /** The number of tables that have pages, or might have. */
  readonly withPages: number;
  /** Whether one query is enough to find out which have. */
  readonly isTogether: boolean;
}

const CASES: readonly Case[] = [
  {
    name: "that are empty",
    before: "INSERT INTO t2 VALUES (1); DELETE FROM t2; VACUUM t2",
    ...{ rows: [0, 0, 0, 0], withPages: 0, isTogether: true },
  },
  {
    name: "of which one keeps its rows in its own way",
    before:
      "CREATE ACCESS METHOD other TYPE TABLE HANDLER heap_tableam_handler; DROP TABLE t1; CREATE TABLE t1 (id int PRIMARY KEY) USING other",
    ...{ rows: [0, 0, 0, 0], withPages: 1, isTogether: true },
  },
  {
    name: "with rows that the catalog does not know of",
    before: "INSERT INTO t1 VALUES (1), (2); INSERT INTO t2 VALUES (1)",
    older: "INSERT INTO t3 VALUES (1), (2), (3)",
    between: "DELETE FROM t2",
    ...{ rows: [0, 2, 0, 3], withPages: 3, isTogether: true },
  },
  {
    name: "of which a migration has one locked",
    locked:
      "ALTER TABLE t1 ADD COLUMN v int DEFAULT 7; INSERT INTO t1 VALUES (1)",
    ...{ rows: [0, 1, 0, 0], withPages: 1, isTogether: false },
  },
  {
    name: "of which one is renamed, one dropped and one truncated",
    before: "INSERT INTO t3 VALUES (1), (2)",
    between:
      "ALTER TABLE t1 RENAME TO other; INSERT INTO other VALUES (1); DROP TABLE t2; TRUNCATE t3",
    ...{ rows: [0, null, null, 0], withPages: 1, isTogether: false },
  },
];

testOnPostgres(
  "tables that seem to be empty are copied together, whatever happens to them",
  async ({ server, sql }) => {
    for (const one of CASES) await tryCase(one, { server, sql });
  },
  // A worker's snapshot would keep the rows that VACUUM is to remove.
  { majors: [14, 18], settings: { autovacuum: "off" } },
);

async function tryCase(
  { name, before, older, between, locked, ...expected }: Case,
  { server, sql }: ServerContext,
): Promise<void> {
  const { rows, withPages, isTogether } = expected;
  for (const table of [...TABLES, "other"]) {
    await sql(`DROP TABLE IF EXISTS ${table}`);
  }
  for (const table of TABLES) {
    await sql(
      `CREATE TABLE ${table} (id int PRIMARY KEY) WITH (autovacuum_enabled = false)`,
    );
  }
  await sql("DROP PUBLICATION IF EXISTS p; CREATE PUBLICATION p");
  for (const statement of (before ?? "").split(";")) await sql(statement);
  // Before the older transaction, for which its creation would wait.
  await sql("SELECT pg_create_logical_replication_slot('s', 'pgoutput')");
  await using first = connectSql(server.url);
  await using second = connectSql(server.url);
  await first(`BEGIN; SELECT txid_current(); ${older ?? ""}`);
  // What the older transaction has written by then is not in the stream.
  await sql("ALTER PUBLICATION p ADD TABLE t0, t1, t2, t3");
  const { dial, queries } = recordingDial();
  {
    await using follower = await follow(server, {
      ...{ dial, slot: "s", until: "snapshot" },
    });
    await untilHeldUp(follower);
    await sql(between ?? "");
    if (locked !== undefined) await second("BEGIN; LOCK TABLE t1");
    await first("COMMIT");
    if (locked !== undefined) {
      await follower.until(({ kind }) => kind === "snapshotEnd");
      await second(`${locked}; COMMIT`);
    }
    await follower.rest();
    for (const [i, table] of TABLES.entries()) {
      const count = follower.rows(table).length;
      assertEquals(count, rows[i] ?? count, `${name}: ${table}`);
    }
    if (rows.includes(null)) assertEquals(follower.rows("other").length, 1);
  }
  const locks = queries.filter((query) => query.includes("LOCK TABLE ONLY"));
  const together = locks.filter((query) => query.includes("NOWAIT"));
  assertEquals(together.length, 1, name);
  // Those with pages are read one by one, and all of them where one was locked.
  const alone = locks.length - together.length;
  const most = isTogether ? withPages : Infinity;
  assert(alone >= withPages && alone <= most, `${name}: ${alone} read alone`);
  await sql("SELECT pg_drop_replication_slot('s')");
}

// Waits until the copy waits for the older transaction.
async function untilHeldUp({ subscription }: Follower): Promise<void> {
  await until(() =>
    subscription.snapshots.some(({ waitingFor }) =>
      waitingFor === "transactions"
    )
  );
}

// Creates the tables, which are published, and a slot; then begins an older transaction.
async function startOlder(
  { server, sql }: ServerContext,
  statement: (table: string) => string = () => "",
): Promise<SqlClient> {
  for (const table of TABLES) {
    await sql(
      `CREATE TABLE ${table} (id int PRIMARY KEY) WITH (autovacuum_enabled = false)`,
    );
    await sql(statement(table));
  }
  await sql("CREATE PUBLICATION p FOR ALL TABLES");
  await sql("SELECT pg_create_logical_replication_slot('s', 'pgoutput')");
  const older = connectSql(server.url);
  await older("BEGIN; SELECT txid_current()");
  return older;
}

testOnPostgres(
  "a wrong condition is rejected for tables that are empty, too",
  async ({ server, sql }) => {
    await sql("CREATE TABLE t0 (id int PRIMARY KEY)");
    await sql("CREATE TABLE t1 (id int PRIMARY KEY)");
    await sql("CREATE PUBLICATION p FOR ALL TABLES");
    await using follower = await follow(server, {
      snapshot: {
        tables: ["public.t0", "public.t1"].map((name) => ({
          ...{ name, where: "missing > 0" },
        })),
      },
      until: "snapshot",
    });
    await assertRejects(() => follower.rest(), Error, '"missing"');
  },
  { majors: [18] },
);

testOnPostgres(
  "tables that seem to be empty can be cancelled while the copy is paused",
  async ({ server, sql }) => {
    await using _older = await startOlder({ server, sql });
    await using follower = await follow(server, {
      ...{ slot: "s", until: "snapshot" },
    });
    const { subscription } = follower;
    await untilHeldUp(follower);
    await subscription.paceSnapshot({ paused: true });
    await subscription.cancelSnapshot();
    await follower.rest();
    const states = subscription.snapshots.map(({ state }) => state);
    assertEquals(states, TABLES.map(() => "aborted"));
  },
  { majors: [18] },
);

testOnPostgres(
  "a table that is cancelled while several are waited for waits for nothing any more",
  async ({ server, sql }) => {
    await using older = await startOlder({ server, sql });
    const { dial, queries } = recordingDial();
    await using follower = await follow(server, {
      ...{ dial, slot: "s", until: "snapshot" },
    });
    const { subscription } = follower;
    await untilHeldUp(follower);
    await subscription.cancelSnapshot("public.t0");
    const before = queries.length;
    // The copy goes on asking which transactions the others have to wait for.
    await until(() => queries.length >= before + 3);
    await older("COMMIT");
    await follower.rest();
    const [ended, ...others] = subscription.snapshots
      .toSorted((a, b) => a.table < b.table ? -1 : 1);
    assertEquals([ended?.state, ended?.waitingFor], ["aborted", null]);
    assertEquals(others.map(({ state }) => state), ["done", "done", "done"]);
  },
  { majors: [18] },
);

testOnPostgres(
  "tables that only seemed to be empty wait for their turn like others",
  async ({ server, sql }) => {
    await using older = await startOlder(
      { server, sql },
      (table) => `INSERT INTO ${table} SELECT generate_series(1, 2000)`,
    );
    await using follower = await follow(server, {
      ...{ slot: "s", until: "snapshot", snapshot: { readers: 1 } },
    });
    await untilHeldUp(follower);
    await older("COMMIT");
    await follower.until(({ kind }) => kind === "read");
    const [, ...others] = follower.subscription.snapshots;
    assertEquals(
      others.map(({ state, waitingFor }) => [state, waitingFor]),
      others.map(() => ["queued", null]),
    );
    // Its changes are not in the log of the stream yet.
    await sql(
      "UPDATE t3 SET id = id + 10000 WHERE id % 2 = 0; DELETE FROM t3 WHERE id % 3 = 0",
    );
    await follower.rest();
    const [{ count } = {}] = await sql("SELECT count(*) FROM t3");
    assertEquals(follower.rows("t3").length, Number(count));
    assertEquals(follower.rows("t1").length, 2000);
  },
  { majors: [18] },
);
