import { assert, assertEquals, assertRejects } from "@std/assert";
import {
  type ReplicationEvent,
  subscribe,
  SubscriptionError,
} from "@walbrook/walbrook";
import {
  connectSql,
  type PostgresServer,
  type SqlClient,
  testOnPostgres,
} from "../helpers/postgres.ts";
import { caughtUp, startStandby } from "../helpers/standby.ts";
import { RETRY } from "./cuts.ts";
import { until } from "../helpers/until.ts";
import { untilTrue } from "../helpers/until_true.ts";

const SET_UP = "CREATE TABLE item (id int PRIMARY KEY); " +
  "CREATE PUBLICATION items FOR TABLE item";
const MAKE_SLOT = "SELECT pg_create_logical_replication_slot('s', 'pgoutput')";

/** Both servers, of which the client takes the one that can be written to. */
function either(primary: PostgresServer, standby: PostgresServer): string {
  return `postgres://${primary.superuser}@127.0.0.1:${primary.port},` +
    `127.0.0.1:${standby.port}/postgres?target_session_attrs=read-write`;
}

/** Reads on until this row has come and its transaction is whole. */
async function upTo(
  id: number,
  events: AsyncIterator<ReplicationEvent>,
): Promise<unknown[]> {
  const found: unknown[] = [];
  for (;;) {
    const { value, done } = await events.next();
    assert(!done, "The subscription has ended");
    if (value.kind === "gap") found.push(value.reason);
    if (value.kind === "insert") found.push(value.newRow["id"]);
    if (value.kind === "commit" && found.includes(id)) return found;
  }
}

async function promote(
  primary: PostgresServer,
  standby: PostgresServer,
): Promise<SqlClient> {
  await primary.stop("immediate");
  const sql = connectSql(standby.url);
  await sql("SELECT pg_promote()");
  return sql;
}

testOnPostgres(
  "subscribe() does not take a promoted standby for the same server in silence",
  async ({ server, sql }) => {
    await sql(SET_UP);
    await sql(MAKE_SLOT);
    await using standby = await startStandby(server);
    const options = {
      connection: either(server, standby),
      slot: "s",
      publication: "items",
      retry: RETRY,
    };
    await using careful = await subscribe(options);
    const first = careful[Symbol.asyncIterator]();
    // One that is to go on, whatever is lost.
    await sql("SELECT pg_create_logical_replication_slot('t', 'pgoutput')");
    await using bold = await subscribe({
      ...options,
      slot: { name: "t", create: true },
      acceptTimeline: true,
      gaps: "event",
    });
    const second = bold[Symbol.asyncIterator]();
    // And one that is to go on only if nothing is lost.
    await sql("SELECT pg_create_logical_replication_slot('u', 'pgoutput')");
    await using trusting = await subscribe({
      ...options,
      slot: { name: "u", create: true },
      acceptTimeline: true,
    });
    const third = trusting[Symbol.asyncIterator]();
    await sql("INSERT INTO item VALUES (1)");
    for (const events of [first, second, third]) {
      assertEquals(await upTo(1, events), [1]);
    }
    await sql("SELECT pg_switch_wal()");
    await caughtUp(server, standby);
    await sql.end();
    await using there = await promote(server, standby);
    for (
      const [events, reason] of [
        [first, "otherTimeline"],
        [third, "slotMissing"],
      ] as const
    ) {
      const error = await assertRejects(() => events.next(), SubscriptionError);
      assertEquals(error.reason, reason);
    }
    const gap = (await second.next()).value;
    assert(gap?.kind === "gap", gap?.kind);
    assertEquals(gap.reason, "slotMissing");
    await there("INSERT INTO item VALUES (2)");
    assertEquals(await upTo(2, second), [2]);
  },
  { majors: [14, 18] },
);

testOnPostgres(
  "subscribe() refuses a promoted standby that lacks what was delivered",
  async ({ server, sql }) => {
    await sql(SET_UP);
    await using standby = await startStandby(server);
    // From here on the standby gets nothing, and nobody waits for it.
    await using there = connectSql(standby.url);
    await there("ALTER SYSTEM SET primary_conninfo = ''");
    await there("SELECT pg_reload_conf()");
    await untilTrue(
      there,
      "NOT EXISTS (SELECT FROM pg_stat_wal_receiver)",
      60_000,
    );
    await using subscription = await subscribe({
      connection: either(server, standby),
      slot: { name: "s", create: true },
      publication: "items",
      retry: RETRY,
      acceptTimeline: true,
      gaps: "event",
    });
    await sql("INSERT INTO item VALUES (1)");
    const events = subscription[Symbol.asyncIterator]();
    assertEquals(await upTo(1, events), [1]);
    await sql.end();
    await server.stop("immediate");
    await there("SELECT pg_promote()");
    const error = await assertRejects(() => events.next(), SubscriptionError);
    assertEquals(error.reason, "otherTimeline");
  },
  { majors: [18] },
);

testOnPostgres(
  "subscribe() goes on after a failover with a failover slot, and loses nothing",
  async ({ server, sql }) => {
    await sql(SET_UP);
    await using standby = await startStandby(server);
    // Nothing is delivered that the standby does not have.
    await sql("ALTER SYSTEM SET synchronized_standby_slots = 'standby'");
    await sql("SELECT pg_reload_conf()");
    const states: string[] = [];
    const refused = Promise.withResolvers<void>();
    await using subscription = await subscribe({
      // Whichever answers: also the standby, before it is promoted.
      connection: either(server, standby).split("?")[0]!,
      slot: { name: "s", create: true, failover: true },
      publication: "items",
      acceptTimeline: true,
      retry: RETRY,
      onStatus: (status) => {
        states.push(status.state);
        const isRefused = status.state === "retrying" &&
          String(status.error).includes("this server is a standby");
        if (isRefused) refused.resolve();
      },
    });
    const all = upTo(40, subscription[Symbol.asyncIterator]());
    all.catch(() => {}); // is awaited below
    await sql("INSERT INTO item VALUES (1)");
    await using there = connectSql(standby.url);
    const synced = "SELECT count(*) = 1 FROM pg_replication_slots " +
      "WHERE slot_name = 's' AND synced AND NOT temporary";
    await until(async () => {
      if (await there.value(synced) === "t") return true;
      // What the slot needs has to move past what the standby began with.
      await sql("SELECT pg_log_standby_snapshot()");
      // A slot that is ahead of the standby is an error.
      await caughtUp(server, standby);
      await there("SELECT pg_sync_replication_slots()");
      return false;
    }, 60_000);
    for (let id = 2; id <= 30; id++) {
      await sql(`INSERT INTO item VALUES (${id})`);
    }
    await caughtUp(server, standby);
    await sql.end();
    await server.stop("immediate");
    await refused.promise;
    await there("SELECT pg_promote()");
    for (let id = 31; id <= 40; id++) {
      await there(`INSERT INTO item VALUES (${id})`);
    }
    // Those that were given are not given again, those that were not are not missing.
    assertEquals(await all, Array.from({ length: 40 }, (_, i) => i + 1));
    assert(states.includes("retrying"));
    assertEquals(subscription.system.timeline, 2);
  },
  // So that the slot's position is told often.
  { majors: [17, 18], settings: { wal_sender_timeout: "2s" } },
);
