import { assert, assertEquals, assertRejects } from "@std/assert";
import {
  type CommitEvent,
  formatLsn,
  type Lsn,
  parseLsn,
  type ReplicationEvent,
  subscribe,
  type SubscribeOptions,
  type Subscription,
} from "@walbrook/walbrook";
import {
  connectSql,
  NEWEST,
  type PostgresServer,
  type SqlClient,
  testOnPostgres,
} from "../helpers/postgres.ts";
import { untilTrue } from "../helpers/until_true.ts";

// With a short timeout the server is told often how far the subscription is. It is longer than
// a busy machine lets a process wait for its turn: the link is not to be lost.
const QUICK = { settings: { wal_sender_timeout: "3s" } };

/**
 * Whether the server saves slots' positions when it stops. Up to PostgreSQL 16 it saves
 * them only now and then, and sends again after a restart what had been confirmed.
 */
function keepsPositions({ major }: PostgresServer): boolean {
  return major >= 17;
}

/** A new table, publication and slot; those of the step before are dropped. */
async function setUp(sql: SqlClient): Promise<void> {
  await sql(`
    SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots;
    DROP PUBLICATION IF EXISTS items;
    DROP TABLE IF EXISTS item;
    CREATE TABLE item (id int PRIMARY KEY);
    CREATE PUBLICATION items FOR TABLE item`);
  await sql("SELECT pg_create_logical_replication_slot('s', 'pgoutput')");
}

function open(
  server: PostgresServer,
  options: Partial<SubscribeOptions> = {},
): Promise<Subscription> {
  return subscribe({
    connection: server.url,
    slot: "s",
    publication: "items",
    retry: false,
    ...options,
  });
}

async function insert(sql: SqlClient, ...ids: number[]): Promise<void> {
  for (const id of ids) await sql(`INSERT INTO item VALUES (${id})`);
}

/** The ids of all inserted rows that the slot still has, and nothing acknowledged. */
async function idsLeft(server: PostgresServer): Promise<number[]> {
  await using subscription = await open(server, {
    acknowledge: "manual",
    until: "now",
  });
  const ids: number[] = [];
  for await (const event of subscription) {
    if (event.kind === "insert") ids.push(Number(event.newRow["id"]));
  }
  return ids;
}

/** Reads on up to the end of so many transactions; gives their commits. */
async function readCommits(
  events: AsyncIterator<ReplicationEvent>,
  count: number,
): Promise<CommitEvent[]> {
  const commits: CommitEvent[] = [];
  while (commits.length < count) {
    const { value, done } = await events.next();
    assert(!done);
    if (value.kind === "commit") commits.push(value);
  }
  return commits;
}

async function confirmedFlush(sql: SqlClient): Promise<Lsn> {
  const text = await sql.value(
    "SELECT confirmed_flush_lsn FROM pg_replication_slots WHERE slot_name = 's'",
  );
  return parseLsn(text ?? "");
}

async function within<T>(milliseconds: number, work: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error("Too late")), milliseconds);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

testOnPostgres(
  "subscribe() loses nothing, and repeats nothing that is acknowledged",
  async ({ server, sql }, t) => {
    await t.step(
      "lets the server stop with work unacknowledged, and gets that work again",
      async () => {
        await setUp(sql);
        await insert(sql, 1, 2, 3);
        const subscription = await open(server, { acknowledge: "manual" });
        const events = subscription[Symbol.asyncIterator]();
        const [first] = await readCommits(events, 3);
        assert(first !== undefined);
        subscription.acknowledge(first);
        const failing = assertRejects(() => events.next());
        await within(60_000, server.stop("fast"));
        await failing;
        await subscription.close();
        await server.start();
        const left = await idsLeft(server);
        assertEquals(left.slice(-2), [2, 3]);
        if (keepsPositions(server)) assertEquals(left.length, 2);
      },
    );

    await t.step(
      "confirms where a transaction ends, so that it never comes again",
      async () => {
        await setUp(sql);
        await insert(sql, 1, 2);
        {
          await using subscription = await open(server, { until: "now" });
          for await (const _event of subscription);
        }
        assertEquals(await idsLeft(server), []);
        if (keepsPositions(server)) {
          await server.stop("fast");
          await server.start();
          assertEquals(await idsLeft(server), []);
        }
        await insert(sql, 3);
        assertEquals(await idsLeft(server), [3]);
      },
    );

    await t.step(
      "delivers a transaction again that was left before its end",
      async () => {
        await setUp(sql);
        await insert(sql, 1);
        await sql("INSERT INTO item VALUES (2), (3), (4)");
        for (const leaveAt of [2, 3, 4]) {
          await using subscription = await open(server);
          for await (const event of subscription) {
            if (
              event.kind === "insert" && event.newRow["id"] === leaveAt
            ) break;
          }
        }
        assertEquals(await idsLeft(server), [2, 3, 4]);
        {
          // With its commit in hand it is not consumed yet either.
          await using subscription = await open(server);
          for await (const event of subscription) {
            if (event.kind === "commit") break;
          }
        }
        assertEquals(await idsLeft(server), [2, 3, 4]);
      },
    );

    await t.step(
      "acknowledge() reports the position below which all is done",
      async () => {
        await setUp(sql);
        const before = await confirmedFlush(sql);
        await insert(sql, 1, 2, 3, 4);
        await using subscription = await open(server, {
          acknowledge: "manual",
        });
        const events = subscription[Symbol.asyncIterator]();
        const [first, second, third, fourth] = await readCommits(events, 4);
        assert(first && second && third && fourth);
        subscription.acknowledge(third);
        subscription.acknowledge(second);
        assertEquals(subscription.progress.confirmed, before);
        assertEquals(subscription.progress.pending, 4);
        await untilTrue(
          sql,
          `SELECT write_lsn >= '${
            formatLsn(fourth.endLsn)
          }' FROM pg_stat_replication`,
        );
        assertEquals(await confirmedFlush(sql), before);
        subscription.acknowledge(first);
        assertEquals(subscription.progress.confirmed, third.endLsn);
        assertEquals(subscription.progress.pending, 1);
        await untilTrue(
          sql,
          `SELECT confirmed_flush_lsn = '${
            formatLsn(third.endLsn)
          }' FROM pg_replication_slots`,
        );
        await subscription.close();
        assertEquals(await confirmedFlush(sql), third.endLsn);
        assertEquals(await idsLeft(server), [4]);
      },
    );

    await t.step(
      "moves an idle slot over WAL of others, but not over what is unacknowledged",
      async () => {
        await setUp(sql);
        await sql("CREATE DATABASE other");
        await using other = connectSql(
          server.url.replace(/postgres$/, "other"),
        );
        await other("CREATE TABLE t (x text)");
        const fill = async () => {
          await other(
            "INSERT INTO t SELECT repeat('x', 100) FROM generate_series(1, 1000)",
          );
          return await sql.value("SELECT pg_current_wal_lsn()");
        };
        await using subscription = await open(server, {
          acknowledge: "manual",
        });
        const events = subscription[Symbol.asyncIterator]();
        const waiting = events.next();
        const idle = await fill();
        await untilTrue(
          sql,
          `SELECT confirmed_flush_lsn >= '${idle}' FROM pg_replication_slots`,
        );

        await insert(sql, 1);
        await waiting;
        const [commit] = await readCommits(events, 1);
        assert(commit !== undefined);
        const { commitLsn } = commit.transaction;
        assert(await confirmedFlush(sql) <= commitLsn);
        const rest = events.next();
        const later = await fill();
        // Not only does the slot stay where it is: the server hears that all has come.
        await untilTrue(
          sql,
          `SELECT write_lsn >= '${later}' FROM pg_stat_replication`,
        );
        assert(await confirmedFlush(sql) <= commitLsn);
        subscription.acknowledge(commit);
        await untilTrue(
          sql,
          `SELECT confirmed_flush_lsn >= '${later}' FROM pg_replication_slots`,
        );
        await subscription.close();
        assertEquals((await rest).done, true);
      },
    );

    await t.step(
      "does not confirm empty transactions over an older one that is held",
      async () => {
        await setUp(sql);
        await sql("CREATE TABLE unpublished (id int)");
        await insert(sql, 1);
        for (let i = 0; i < 20; i++) {
          await sql(`INSERT INTO unpublished VALUES (${i})`);
        }
        {
          await using subscription = await open(server, {
            acknowledge: "manual",
            until: "now",
          });
          for await (const _event of subscription);
          assertEquals(subscription.progress.pending, 1);
        }
        assertEquals(await idsLeft(server), [1]);
      },
    );

    await t.step(
      "identifies events by commit and index, since their positions don't",
      async () => {
        await setUp(sql);
        await using late = connectSql(server.url);
        // The one that begins first commits last, so its rows lie before the other's commit.
        await late("BEGIN; INSERT INTO item VALUES (1)");
        await insert(sql, 2);
        await late("INSERT INTO item VALUES (3); COMMIT");
        const read = async () => {
          await using subscription = await open(server, {
            acknowledge: "manual",
            until: "now",
          });
          const found: [unknown, Lsn, Lsn, number][] = [];
          for await (const event of subscription) {
            if (event.kind !== "insert") continue;
            const { transaction, index, lsn, newRow } = event;
            found.push([newRow["id"], lsn, transaction.commitLsn, index]);
          }
          return found;
        };
        const found = await read();
        assertEquals(found.map(([id]) => id), [2, 1, 3]);
        const [second, first] = found;
        assert(first && second && first[1] < second[1] && first[2] > second[2]);
        assertEquals(
          new Set(found.map((one) => `${one[2]} ${one[3]}`)).size,
          3,
        );
        assertEquals(await read(), found);
      },
    );
  },
  QUICK,
);

testOnPostgres(
  "subscribe() moves an idle slot also where the server never asks",
  async ({ server, sql }) => {
    await setUp(sql);
    await using subscription = await open(server);
    const waiting = subscription[Symbol.asyncIterator]().next();
    await sql("CREATE TABLE unpublished (x text)");
    await sql(
      "INSERT INTO unpublished SELECT repeat('x', 1000) FROM generate_series(1, 10000)",
    );
    const end = await sql.value("SELECT pg_current_wal_lsn()");
    await untilTrue(
      sql,
      // Without a timeout it is told every ten seconds.
      `SELECT confirmed_flush_lsn >= '${end}' FROM pg_replication_slots`,
    );
    await subscription.close();
    assertEquals((await waiting).done, true);
  },
  { majors: [NEWEST], settings: { wal_sender_timeout: "0" } },
);
