import { assert, assertEquals } from "@std/assert";
import {
  AcknowledgeStream,
  type CommitEvent,
  type LogicalMessageEvent,
  type ReplicationEvent,
  subscribe,
  type SubscribeOptions,
  type Subscription,
} from "@walbrook/walbrook";
import { testDecoding } from "../../src/test_decoding/mod.ts";
import { type SqlClient, testOnPostgres } from "../helpers/postgres.ts";
import { untilTrue } from "../helpers/until_true.ts";

// The server is told often how far the subscription is, and no link is lost where the machine
// is busy for a second.
const QUICK = { settings: { wal_sender_timeout: "3s" } };

/** Twenty transactions, and between them what some other program emits. */
async function writeBesideHeartbeats(sql: SqlClient): Promise<void> {
  for (let id = 1; id <= 20; id++) {
    await sql(`INSERT INTO item VALUES (${id})`);
    await sql("SELECT pg_logical_emit_message(false, 'heartbeat', '')");
  }
}

async function setUp(sql: SqlClient, plugin = "pgoutput"): Promise<void> {
  await sql(`
    SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots;
    DROP PUBLICATION IF EXISTS items;
    DROP TABLE IF EXISTS item;
    CREATE TABLE item (id int PRIMARY KEY);
    CREATE PUBLICATION items FOR TABLE item`);
  await sql(`SELECT pg_create_logical_replication_slot('s', '${plugin}')`);
}

/** Ways to consume that acknowledge transactions by their commits and nothing else. */
const CONSUMERS: Readonly<
  Record<string, (subscription: Subscription) => Promise<unknown>>
> = {
  async "for await"(subscription) {
    for await (const event of subscription) {
      if (event.kind === "commit") subscription.acknowledge(event);
    }
  },
  readable: (subscription) =>
    subscription.readable.pipeTo(
      new WritableStream<ReplicationEvent>({
        write(event) {
          if (event.kind === "commit") subscription.acknowledge(event);
        },
      }),
    ),
  batches: (subscription) =>
    subscription.batches.pipeTo(
      new WritableStream<readonly ReplicationEvent[]>({
        write(events) {
          for (const event of events) {
            if (event.kind === "commit") subscription.acknowledge(event);
          }
        },
      }),
    ),
  async "transactions()"(subscription) {
    for await (const whole of subscription.transactions()) {
      if (whole.transaction !== null) whole.acknowledge();
    }
  },
};

async function followsAll(
  sql: SqlClient,
  options: SubscribeOptions,
  consume: (subscription: Subscription) => Promise<unknown>,
): Promise<void> {
  await using subscription = await subscribe(options);
  const consuming = consume(subscription);
  await writeBesideHeartbeats(sql);
  const end = await sql.value("SELECT pg_current_wal_insert_lsn()");
  await untilTrue(
    sql,
    `SELECT confirmed_flush_lsn >= '${end}' FROM pg_replication_slots`,
  );
  assertEquals(subscription.progress.pending, 0);
  await subscription.close();
  await consuming;
}

testOnPostgres(
  "messages that other programs emit do not hold the slot of who acknowledges commits by hand",
  async ({ server, sql }, t) => {
    const options = {
      connection: server.url,
      slot: "s",
      publication: "items",
      acknowledge: "manual",
      retry: false,
    } as const;
    for (const [name, consume] of Object.entries(CONSUMERS)) {
      await t.step(name, async () => {
        await setUp(sql);
        await followsAll(sql, options, consume);
      });
    }
    await t.step("test_decoding", async () => {
      await setUp(sql, "test_decoding");
      const plugin = testDecoding();
      const { publication: _, ...rest } = options;
      await followsAll(sql, { ...rest, plugin }, CONSUMERS["for await"]!);
    });
  },
  QUICK,
);

testOnPostgres(
  "acknowledgeMessages keeps a message outside of any transaction until it is acknowledged",
  async ({ server, sql }) => {
    await setUp(sql);
    await sql("SELECT pg_logical_emit_message(false, 'task', 'first')");
    await sql("INSERT INTO item VALUES (1)");
    const options = {
      connection: server.url,
      slot: "s",
      publication: "items",
      acknowledge: "manual",
      acknowledgeMessages: true,
      until: "now",
    } as const;
    const read = async (
      handle: (
        subscription: Subscription,
        event: CommitEvent | LogicalMessageEvent,
      ) => void,
    ) => {
      await using subscription = await subscribe(options);
      const kinds: string[] = [];
      for await (const event of subscription) {
        if (event.kind !== "commit" && event.kind !== "message") continue;
        kinds.push(event.kind);
        handle(subscription, event);
      }
      return kinds;
    };
    // Commits alone do not move the slot past the message, which comes again.
    const commitsOnly = await read((subscription, event) => {
      if (event.kind === "commit") subscription.acknowledge(event);
    });
    assertEquals(commitsOnly, ["message", "commit"]);
    const both = await read((subscription, event) =>
      subscription.acknowledge(event)
    );
    assertEquals(both, ["message", "commit"]);
    assertEquals(await read(() => {}), []);
    // A pipeline's end acknowledges them by itself.
    await sql("SELECT pg_logical_emit_message(false, 'task', 'second')");
    await sql("CREATE TABLE other ()"); // flushes the message to the server's disk
    await using piped = await subscribe(options);
    const contents: string[] = [];
    await piped.readable.pipeThrough(new AcknowledgeStream(piped)).pipeTo(
      new WritableStream<ReplicationEvent>({
        write(event) {
          assert(event.kind === "message");
          contents.push(new TextDecoder().decode(event.content));
        },
      }),
    );
    assertEquals(contents, ["second"]);
    assertEquals(piped.progress.pending, 0);
  },
  QUICK,
);
