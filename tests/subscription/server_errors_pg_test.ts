import { assert, assertEquals, assertMatch } from "@std/assert";
import {
  formatLsn,
  PostgresError,
  SQLSTATE,
  subscribe,
  type SubscribeOptions,
  SubscriptionError,
} from "@walbrook/walbrook";
import {
  connectSql,
  NEWEST,
  type PostgresServer,
  testOnPostgres,
} from "../helpers/postgres.ts";

const RETRY = { initialDelayMs: 5, maxDelayMs: 50 };
const CANCEL =
  "SELECT pg_cancel_backend(pid) FROM pg_stat_replication WHERE application_name = 'walbrook'";

/** Follows a slot to the end of the WAL, or to an error. */
async function follow(
  server: PostgresServer,
  options: Partial<SubscribeOptions> = {},
): Promise<{ ids: unknown[]; error: unknown; retries: string[] }> {
  const ids: unknown[] = [];
  const retries: string[] = [];
  try {
    await using subscription = await subscribe({
      ...{ connection: server.url, slot: "s", publication: "p" },
      ...{ until: "now", retry: RETRY, acknowledge: "manual" } as const,
      onStatus: (status) => {
        if (status.state !== "retrying") return;
        const { error } = status;
        retries.push(error instanceof PostgresError ? error.code : `${error}`);
      },
      ...options,
    });
    for await (const event of subscription) {
      if (event.kind === "insert") ids.push(event.newRow["id"]);
      if (event.kind === "gap") ids.push(event.reason);
    }
    return { ids, error: null, retries };
  } catch (error) {
    return { ids, error, retries };
  }
}

testOnPostgres(
  "subscribe() goes on after its walsender was cancelled, each time",
  async ({ server, sql }) => {
    await sql(
      "CREATE TABLE t (id int PRIMARY KEY); CREATE PUBLICATION p FOR TABLE t",
    );
    await sql("SELECT pg_create_logical_replication_slot('s', 'pgoutput')");
    await using subscription = await subscribe({
      ...{ connection: server.url, slot: "s", publication: "p", retry: RETRY },
    });
    const codes: unknown[] = [];
    const events = subscription[Symbol.asyncIterator]();
    for (let id = 1; id <= 8; id++) {
      await sql(CANCEL);
      await sql(`INSERT INTO t VALUES (${id})`);
      while (codes.length < id) {
        const { value, done } = await events.next();
        assert(!done);
        if (value.kind === "insert") codes.push(value.newRow["id"]);
      }
    }
    assertEquals(codes, [1, 2, 3, 4, 5, 6, 7, 8]);
  },
);

testOnPostgres(
  "subscribe() with retry: false says at once what the server can't send",
  async ({ server, sql }) => {
    await sql(
      `CREATE TABLE t (id int PRIMARY KEY, v int);
      ALTER TABLE t REPLICA IDENTITY FULL;
      CREATE PUBLICATION p FOR TABLE t WHERE (10 / v > 0)`,
    );
    await sql("SELECT pg_create_logical_replication_slot('s', 'pgoutput')");
    await sql("INSERT INTO t VALUES (1, 0)");
    const { error } = await follow(server, { retry: false });
    assert(error instanceof SubscriptionError);
    assertEquals(error.reason, "streamFailed");
    assertMatch(error.message, /the server reports "division by zero"/);
  },
  { majors: [NEWEST] },
);

testOnPostgres(
  "subscribe() ends with slot, position and a way out where a row filter fails for a row",
  async ({ server, sql }) => {
    await sql(
      `CREATE TABLE t (id int PRIMARY KEY, v int);
      ALTER TABLE t REPLICA IDENTITY FULL;
      CREATE PUBLICATION p FOR TABLE t WHERE (10 / v > 0)`,
    );
    await sql("SELECT pg_create_logical_replication_slot('s', 'pgoutput')");
    await sql("INSERT INTO t VALUES (1, 1)");
    await sql("INSERT INTO t VALUES (2, 0)");
    await sql("INSERT INTO t VALUES (3, 1)");
    const { ids, error, retries } = await follow(server);
    assertEquals(ids, [1]);
    assert(error instanceof SubscriptionError);
    assertEquals(error.reason, "streamFailed");
    assert(error.cause instanceof PostgresError);
    assertEquals(error.cause.code, "22012");
    // The walsender that has failed may hold the slot for another moment.
    const codes = retries.filter((code) => code !== SQLSTATE.OBJECT_IN_USE);
    assert(codes.length >= 4 && codes.every((code) => code === "22012"));
    assertMatch(
      error.message,
      /^Cannot continue with replication slot "s" after [0-9A-F]+\/[0-9A-F]+: the server has reported 5 times "division by zero" \(SQLSTATE 22012; slot "s".*associated LSN .*\); a row filter .*startLsn.*gaps: "event"/,
    );
    // What the message says of the filter is so: the old one stays in force for old rows.
    await sql("ALTER PUBLICATION p SET TABLE t WHERE (v > 0)");
    const again = await follow(server);
    assert(again.error instanceof SubscriptionError);
    await sql("INSERT INTO t VALUES (4, 1)");
    const passed = await follow(server, { gaps: "event" });
    assertEquals([passed.ids, passed.error], [[1, "streamFailed"], null]);
  },
  { majors: [15, 18] },
);

testOnPostgres(
  "subscribe() names the table and the way out where a text can't be converted",
  async ({ server, sql }) => {
    await sql(
      "CREATE DATABASE win ENCODING 'WIN1252' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0",
    );
    const connection = server.url.replace(/\/postgres$/, "/win");
    await using win = connectSql(connection);
    await win("SET client_encoding = 'WIN1252'");
    await win(
      `CREATE TABLE other (id int PRIMARY KEY);
      CREATE TABLE t (id int PRIMARY KEY, v text);
      CREATE PUBLICATION p FOR TABLE t, other`,
    );
    await win("SELECT pg_create_logical_replication_slot('s', 'pgoutput')");
    await win("INSERT INTO other VALUES (1)");
    await win(
      "BEGIN; INSERT INTO other VALUES (2); INSERT INTO t VALUES (3, E'\\x81'); COMMIT",
    );
    for (const binary of [false, true]) {
      const { ids, error } = await follow(server, { connection, binary });
      assertEquals(ids, [1, 2]);
      assert(error instanceof SubscriptionError);
      assertEquals(error.reason, "streamFailed");
      assert(error.cause instanceof PostgresError);
      assertEquals(error.cause.code, SQLSTATE.UNTRANSLATABLE_CHARACTER);
      assertMatch(
        error.message,
        /, at table "public"\."t": .*can't be converted to UTF-8/,
      );
    }
    await win("INSERT INTO t VALUES (4, 'x')");
    const { ids, error } = await follow(server, { connection, gaps: "event" });
    assertEquals([ids, error], [[1, 2, "streamFailed"], null]);
  },
  { majors: [14, 18] },
);

testOnPostgres(
  "subscribe() goes on behind what is skipped knowingly by startLsn",
  async ({ server, sql }) => {
    await sql(
      `CREATE TABLE t (id int PRIMARY KEY, v int);
      ALTER TABLE t REPLICA IDENTITY FULL;
      CREATE PUBLICATION p FOR TABLE t WHERE (10 / v > 0)`,
    );
    await sql("SELECT pg_create_logical_replication_slot('s', 'pgoutput')");
    await sql("INSERT INTO t VALUES (1, 0)");
    const startLsn = BigInt(
      String(await sql.value("SELECT pg_current_wal_lsn() - '0/0'")),
    ) as NonNullable<SubscribeOptions["startLsn"]>;
    await sql("INSERT INTO t VALUES (2, 1)");
    const { ids, error } = await follow(server, { startLsn });
    assertEquals([ids, error], [[2], null], formatLsn(startLsn));
  },
  { majors: [NEWEST] },
);
