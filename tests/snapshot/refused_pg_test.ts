import { assert, assertEquals, assertRejects } from "@std/assert";
import {
  subscribe,
  SubscriptionError,
  type SubscriptionErrorReason,
} from "@walbrook/walbrook";
import { testDecoding } from "@walbrook/walbrook/test_decoding";
import { connectSql, testOnPostgres } from "../helpers/postgres.ts";
import { startStandby } from "../helpers/standby.ts";
import { findPgBouncer, startPgBouncer } from "../login/pgbouncer.ts";
import { untilTrue } from "../helpers/until_true.ts";
import { follow, type FollowOptions, memoryStore } from "./follower.ts";

const OPTIONS = {
  connection: "postgres://nobody@127.0.0.1:1/none",
  slot: { name: "s", create: true },
  snapshot: "initial",
} as const;
const CHECKPOINT = { checkpoint: memoryStore() };

for (
  const [what, attempt, message] of [
    [
      "another plugin",
      () => subscribe({ ...OPTIONS, ...CHECKPOINT, plugin: testDecoding() }),
      "test_decoding",
    ],
    [
      "twoPhase",
      () =>
        subscribe({
          ...{ ...OPTIONS, ...CHECKPOINT },
          ...{ publication: "p", twoPhase: true },
        }),
      "twoPhase",
    ],
    [
      "a slot that lasts, and nothing that remembers the copy",
      () => subscribe({ ...OPTIONS, publication: "p" }),
      "checkpoint",
    ],
  ] as const
) {
  Deno.test(`a copy is refused with ${what}`, async () => {
    await assertRejects(attempt, TypeError, message);
  });
}

testOnPostgres(
  "a copy of what the role may not read is refused before the first event",
  async ({ server, sql }) => {
    await sql(
      `CREATE TABLE t (id int PRIMARY KEY); INSERT INTO t VALUES (1), (2);
      CREATE TABLE hidden (id int PRIMARY KEY); CREATE ROLE app LOGIN REPLICATION;
      GRANT SELECT ON t TO app; CREATE PUBLICATION p FOR TABLE t, hidden`,
    );
    const connection = server.url.replace(/\/\/[^@]*@/, "//app@");
    const refused = async (reason: SubscriptionErrorReason, table: string) => {
      const error = await assertRejects(
        () => follow(server, { connection }),
        SubscriptionError,
        table,
      );
      assertEquals(error.reason, reason);
    };
    await refused("noSelect", '"public"."hidden"');
    await sql(
      `GRANT SELECT ON hidden TO app; ALTER TABLE t ENABLE ROW LEVEL SECURITY;
      CREATE POLICY one ON t USING (id = 1)`,
    );
    await refused("rowSecurity", '"public"."t"');
    {
      // What is not copied may be hidden.
      await using follower = await follow(server, {
        connection,
        snapshot: { tables: ["public.hidden"] },
      });
      const error = await assertRejects(
        () => follower.subscription.snapshot("public.t"),
        SubscriptionError,
      );
      assertEquals(error.reason, "rowSecurity");
      await assertRejects(
        () => follower.subscription.snapshot("public.none"),
        TypeError,
        "public.none",
      );
    }
    for (const name of ["hidden", "public.none"]) {
      // One that is not published as it is written would be copied never, in silence.
      await assertRejects(
        () => follow(server, { connection, snapshot: { tables: [name] } }),
        TypeError,
        `Cannot copy table ${name}: no published table has that name`,
      );
    }
    await sql("ALTER ROLE app BYPASSRLS");
    await using follower = await follow(server, { connection });
    await follower.copied(2);
    assertEquals(follower.rows("t").length, 2);
  },
  { majors: [14, 18] },
);

testOnPostgres(
  "the settings of a role change nothing in a copy",
  async ({ server, sql }) => {
    await sql(
      `CREATE TABLE t (id int PRIMARY KEY, at timestamptz, span interval, bytes bytea, x float8);
      INSERT INTO t SELECT i, '2024-02-29 12:00:00+00', '1 day 02:00', '\\x00ff', 0.1::float8 + 0.2::float8 FROM generate_series(1, 3000) i;
      CREATE PUBLICATION p FOR TABLE t; CREATE ROLE app LOGIN REPLICATION; GRANT SELECT ON t TO app;
      CREATE SCHEMA trap; GRANT USAGE ON SCHEMA trap TO app;
      CREATE FUNCTION trap.gt(int, int) RETURNS bool LANGUAGE sql AS 'SELECT false';
      CREATE OPERATOR trap.> (FUNCTION = trap.gt, LEFTARG = int, RIGHTARG = int)`,
    );
    const settings: Record<string, string> = {
      search_path: "trap, pg_catalog",
      datestyle: "German, DMY",
      intervalstyle: "sql_standard",
      timezone: "Asia/Kolkata",
      bytea_output: "escape",
      extra_float_digits: "-3",
      statement_timeout: "1s",
      idle_in_transaction_session_timeout: "1s",
      default_transaction_isolation: "serializable",
      default_transaction_read_only: "on",
      quote_all_identifiers: "on",
      row_security: "on",
      ...(server.major >= 17 ? { transaction_timeout: "1s" } : {}),
    };
    for (const [name, value] of Object.entries(settings)) {
      const list = name === "search_path" ? value : `'${value}'`;
      await sql(`ALTER ROLE app SET ${name} = ${list}`);
    }
    await using follower = await follow(server, {
      connection: server.url.replace(/\/\/[^@]*@/, "//app@"),
      snapshot: {
        chunkBytes: 10_000,
        // A chunk that takes longer than each of the timeouts.
        tables: [{
          name: "public.t",
          where: "id <> 1 OR pg_sleep(1.5) IS NOT NULL",
        }],
      },
    });
    await follower.copied();
    const rows = follower.rows("t");
    assertEquals(rows.length, 3_000);
    const { id: _, ...row } = rows[0]!;
    assertEquals(row, {
      at: "2024-02-29 12:00:00+00",
      span: "1 day 02:00:00",
      bytes: new Uint8Array([0, 255]),
      x: 0.1 + 0.2,
    });
  },
  { majors: [14, 18] },
);

testOnPostgres(
  "a copy from a standby is refused",
  async ({ server, sql }) => {
    await sql(
      "CREATE TABLE t (id int PRIMARY KEY); CREATE PUBLICATION p FOR TABLE t",
    );
    await using standby = await startStandby(server);
    const error = await assertRejects(
      () => follow(server, { snapshot: { connection: standby.url } }),
      SubscriptionError,
      "connect to the primary",
    );
    assertEquals(error.reason, "snapshotStandby");
  },
  { majors: [18] },
);

testOnPostgres(
  'origin: "none" copies replicated rows, too, and says so',
  async ({ server, sql }) => {
    await sql(
      `CREATE TABLE t (id int PRIMARY KEY); CREATE PUBLICATION p FOR TABLE t;
      SELECT pg_replication_origin_create('elsewhere'); SELECT pg_replication_origin_session_setup('elsewhere');
      INSERT INTO t VALUES (1); SELECT pg_replication_origin_session_reset()`,
    );
    const codes: string[] = [];
    const options: FollowOptions = {
      origin: "none",
      onWarning: ({ code }) => codes.push(code),
    };
    await using follower = await follow(server, options);
    await follower.copied();
    assertEquals(follower.rows("t").map(({ id }) => id), [1]);
    assertEquals(codes.filter((code) => code === "copiesReplicatedRows"), [
      "copiesReplicatedRows",
    ]);
  },
  { majors: [18] },
);

const pooler = await findPgBouncer();
if (pooler === null) {
  console.log("PgBouncer is not installed: no copy is read through it");
}

if (pooler !== null) {
  testOnPostgres(
    "a copy is read through a pooler in transaction mode",
    async ({ server, sql }) => {
      await sql(
        `CREATE TABLE t (id int PRIMARY KEY, at timestamptz); INSERT INTO t SELECT i, '2024-02-29 12:00:00+00' FROM generate_series(1, 3000) i;
        CREATE TABLE log (at timestamptz); INSERT INTO log SELECT at FROM t; CREATE PUBLICATION p FOR TABLE t, log WITH (publish = 'insert')`,
      );
      await using pool = await startPgBouncer(server, {
        poolMode: "transaction",
        ignore: "options, IntervalStyle, extra_float_digits, search_path",
      });
      await using follower = await follow(server, {
        snapshot: {
          chunkBytes: 10_000,
          connection: pool.url,
        },
      });
      const events = await follower.copied(2);
      const rows = events.flatMap((event) =>
        event.kind === "read" ? [event.newRow] : []
      );
      assertEquals(rows.length, 6_000);
      assert(rows.every(({ at }) => at === "2024-02-29 12:00:00+00"));
      await follower.subscription.close();
      // The pooler keeps its connections, but none in a transaction.
      await untilTrue(
        sql,
        "NOT EXISTS (SELECT FROM pg_stat_activity WHERE state LIKE 'idle in transaction%')",
      );
    },
    { majors: [18] },
  );
}

testOnPostgres(
  "nothing is held on the server while the consumer does not come back",
  async ({ server, sql }) => {
    await sql(
      `CREATE TABLE t (id int PRIMARY KEY, v text); INSERT INTO t SELECT i, repeat('x', 100) FROM generate_series(1, 5000) i;
      CREATE PUBLICATION p FOR TABLE t`,
    );
    // For all but these clients: a query of theirs may take longer on a busy machine.
    await using other = connectSql(server.url);
    for (const client of [sql, other]) {
      await client("SET statement_timeout = 0");
    }
    await sql("ALTER SYSTEM SET statement_timeout = '100ms'");
    await sql("SELECT pg_reload_conf()");
    await using follower = await follow(server, {
      snapshot: { chunkBytes: 20_000 },
    });
    await follower.until(({ kind }) => kind === "read");
    // What was read ahead is here; then the readers rest.
    await untilTrue(
      sql,
      "NOT EXISTS (SELECT FROM pg_stat_activity WHERE application_name = 'walbrook' AND backend_type = 'client backend' AND (state <> 'idle' OR backend_xmin IS NOT NULL))",
    );
    await other("SELECT pg_sleep(1)");
    assertEquals(
      await sql.value(
        "SELECT count(*) FROM pg_locks l JOIN pg_stat_activity a USING (pid) WHERE a.application_name = 'walbrook' AND l.locktype = 'relation' AND l.relation = 't'::regclass",
      ),
      "0",
    );
    await follower.copied();
    assertEquals(follower.rows("t").length, 5_000);
  },
  { majors: [14, 18] },
);
