import { assert, assertEquals } from "@std/assert";
import {
  type Checkpoint,
  type CheckpointStore,
  subscribe,
  type SubscribeOptions,
} from "@walbrook/walbrook";
import type { SubscriptionWarning } from "@walbrook/walbrook/subscription";
import {
  connectSql,
  type PostgresServer,
  type SqlClient,
  testOnPostgres,
} from "../helpers/postgres.ts";
import { untilTrue } from "../helpers/until_true.ts";

/** Far more than what is tested here takes, and far less than it took with each wait. */
const PATIENCE_MS = 30_000;
const COMMITS = 20;

async function setUp(sql: SqlClient): Promise<void> {
  await sql(
    "CREATE TABLE item (id int PRIMARY KEY); CREATE TABLE unpublished (id int); " +
      "CREATE PUBLICATION items FOR TABLE item",
  );
  await sql("SELECT pg_create_logical_replication_slot('s', 'pgoutput')");
}

async function makeSynchronous(sql: SqlClient, names: string): Promise<void> {
  await sql(`ALTER SYSTEM SET synchronous_standby_names = '${names}'`);
  await sql("SELECT pg_reload_conf()");
  await untilTrue(
    sql,
    `current_setting('synchronous_standby_names') = '${names}'`,
  );
}

/** Does work that waits for a standby; if that takes too long, nobody waits any more. */
async function inTime(
  server: PostgresServer,
  work: () => Promise<unknown>,
): Promise<void> {
  let late = false;
  const timer = setTimeout(async () => {
    late = true;
    await using other = connectSql(server.url);
    await other("ALTER SYSTEM RESET synchronous_standby_names");
    await other("SELECT pg_reload_conf()");
  }, PATIENCE_MS);
  await work();
  clearTimeout(timer);
  assert(!late, "The commits had to wait");
}

function inMemory(): CheckpointStore {
  let kept: Checkpoint | null = null;
  return {
    load: () => Promise.resolve(kept),
    save: (checkpoint) => {
      kept = checkpoint;
      return Promise.resolve();
    },
  };
}

function optionsFor(server: PostgresServer) {
  return {
    connection: server.url,
    slot: "s",
    publication: "items",
    retry: false,
  } satisfies SubscribeOptions;
}

async function commitUnpublished(sql: SqlClient): Promise<void> {
  for (let i = 0; i < COMMITS; i++) {
    await sql(`INSERT INTO unpublished VALUES (${i})`);
  }
}

const KINDS: readonly [string, () => Partial<SubscribeOptions>][] = [
  ["a consumer", () => ({})],
  [
    "a consumer that keeps a checkpoint",
    () => ({ checkpoint: inMemory() }),
  ],
];

for (const [kind, more] of KINDS) {
  testOnPostgres(
    `commits that are not published do not wait where ${kind} is a synchronous standby`,
    async ({ server, sql }) => {
      await setUp(sql);
      await makeSynchronous(sql, "walbrook");
      const warnings: SubscriptionWarning[] = [];
      await using subscription = await subscribe({
        ...optionsFor(server),
        ...more(),
        onWarning: (warning) => warnings.push(warning),
      });
      const consuming = (async () => {
        for await (const _event of subscription);
      })();
      await inTime(server, () => commitUnpublished(sql));
      await inTime(server, async () => {
        for (let id = 0; id < COMMITS; id++) {
          await sql(`INSERT INTO item VALUES (${id})`);
        }
      });
      assertEquals(warnings.map(({ code }) => code), ["synchronousStandby"]);
      await makeSynchronous(sql, "");
      await subscription.close();
      await consuming;
    },
  );
}

testOnPostgres(
  "commits that are not published do not wait where a consumer becomes a synchronous standby",
  async ({ server, sql }) => {
    await setUp(sql);
    await using subscription = await subscribe(optionsFor(server));
    const consuming = (async () => {
      for await (const _event of subscription);
    })();
    await makeSynchronous(sql, "*");
    await inTime(server, () => commitUnpublished(sql));
    await makeSynchronous(sql, "");
    await subscription.close();
    await consuming;
  },
);

testOnPostgres(
  "commits with remote_write do not wait for a consumer that is at work",
  async ({ server, sql }) => {
    await setUp(sql);
    await makeSynchronous(sql, "FIRST 1 (walbrook)");
    await using subscription = await subscribe(optionsFor(server));
    const events = subscription[Symbol.asyncIterator]();
    await sql("SET synchronous_commit = remote_write");
    const first = events.next();
    await inTime(server, async () => {
      for (let id = 0; id < COMMITS; id++) {
        await sql(`INSERT INTO item VALUES (${id})`);
        await sql(`INSERT INTO unpublished VALUES (${id})`);
      }
    });
    // It has got no further than this.
    assertEquals((await first).value?.kind, "begin");
    await makeSynchronous(sql, "");
  },
);

testOnPostgres(
  "a synchronous standby stays one while its consumer is at work, and does not hold up a shutdown",
  async ({ server, sql }) => {
    await setUp(sql);
    await makeSynchronous(sql, "FIRST 1 (walbrook, other)");
    await using subscription = await subscribe(optionsFor(server));
    const events = subscription[Symbol.asyncIterator]();
    await sql("SET synchronous_commit = local");
    await sql("INSERT INTO item VALUES (1)");
    while ((await events.next()).value?.kind !== "commit");
    const seen = new Map<string, string>();
    while (seen.size < 5) {
      const [row] = await sql(
        "SELECT reply_time, sync_state FROM pg_stat_replication " +
          "WHERE reply_time IS NOT NULL",
      );
      if (row === undefined) continue;
      seen.set(`${row["reply_time"]}`, `${row["sync_state"]}`);
    }
    assertEquals(new Set(seen.values()), new Set(["sync"]));
    await sql.end();
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      void server.stop("immediate");
    }, PATIENCE_MS);
    await server.stop("fast");
    clearTimeout(timer);
    assert(!late, "The server waited for the consumer");
  },
  { majors: [14, 18], settings: { wal_sender_timeout: "3s" } },
);
