import { assert, assertEquals, assertRejects } from "@std/assert";
import {
  type ReplicationEvent,
  subscribe,
  SubscriptionError,
} from "@walbrook/walbrook";
import type { SubscriptionStatus } from "@walbrook/walbrook/subscription";
import { dial, environment } from "../../src/socket/deno.ts";
import type { Dial } from "../../src/socket/socket.ts";
import { openSubscription } from "../../src/subscription/open_subscription.ts";
import { connectSql, testOnPostgres } from "../helpers/postgres.ts";

const RETRY = { initialDelayMs: 20, maxDelayMs: 200 };
const SET_UP = "CREATE TABLE item (id int PRIMARY KEY, body text); " +
  "CREATE PUBLICATION items FOR TABLE item";
const MAKE_SLOT = "SELECT pg_create_logical_replication_slot('s', 'pgoutput')";
const END_WALSENDERS =
  "SELECT pg_terminate_backend(pid) FROM pg_stat_replication";

function idOf(event: ReplicationEvent): number | null {
  return event.kind === "insert" ? Number(event.newRow["id"]) : null;
}

testOnPostgres(
  "subscribe() goes on after its link is cut, also inside a transaction",
  async ({ server, sql }) => {
    await sql(SET_UP);
    await sql(MAKE_SLOT);
    // Large enough that most of it is still at the server when the link is cut.
    await sql(
      "INSERT INTO item SELECT g, repeat('x', 5000) FROM generate_series(1, 4000) g",
    );
    await sql("INSERT INTO item VALUES (4001, 'y')");
    const states: SubscriptionStatus["state"][] = [];
    await using subscription = await subscribe({
      connection: server.url,
      slot: "s",
      publication: "items",
      until: "now",
      retry: RETRY,
      onStatus: ({ state }) => states.push(state),
    });
    const kinds: string[] = [];
    const ids: number[] = [];
    for await (const event of subscription) {
      const id = idOf(event);
      if (id === null) kinds.push(event.kind);
      else ids.push(id);
      if (id === 10 || id === 2000) await sql(END_WALSENDERS);
    }
    // Each once, and in order.
    assertEquals(ids, Array.from({ length: 4001 }, (_, i) => i + 1));
    assertEquals(kinds, ["begin", "relation", "commit", "begin", "commit"]);
    assert(states.includes("retrying"), states.join());
    assertEquals(states.at(-1), "closed");
  },
);

testOnPostgres(
  "subscribe() goes on after the server has crashed, and delivers nothing twice",
  async ({ server, sql }) => {
    await sql(SET_UP);
    await sql(MAKE_SLOT);
    await using subscription = await subscribe({
      connection: server.url,
      slot: "s",
      publication: "items",
      acknowledge: "manual",
      retry: RETRY,
    });
    const iterator = subscription[Symbol.asyncIterator]();
    async function nextCommit() {
      const ids: number[] = [];
      for (;;) {
        const { value } = await iterator.next();
        const id = idOf(value);
        if (id !== null) ids.push(id);
        if (value.kind === "commit") return { ids, commit: value };
      }
    }

    await sql("INSERT INTO item VALUES (1, 'a')");
    await sql("INSERT INTO item VALUES (2, 'b')");
    const first = await nextCommit();
    const second = await nextCommit();
    assertEquals([first.ids, second.ids], [[1], [2]]);
    assert(subscription.progress.lagBytes! > 0n);
    assert(subscription.progress.lagMs >= 0);
    subscription.acknowledge(first.commit);
    await sql.end();
    await server.stop("immediate");
    await server.start();
    await using again = await connectSql(server.url);
    await again("INSERT INTO item VALUES (3, 'c')");
    const third = await nextCommit();
    assertEquals(third.ids, [3]);
    // What came over the old link can still be acknowledged.
    subscription.acknowledge(third.commit);
    assertEquals(subscription.progress.pending, 2);
    subscription.acknowledge(second.commit);
    assertEquals(subscription.progress.pending, 0);
    assertEquals(subscription.progress.lagMs, 0);
    assert(subscription.progress.confirmed >= third.commit.endLsn);
  },
);

testOnPostgres(
  "subscribe() does not take up a slot that was made anew or moved meanwhile",
  async ({ server, sql }) => {
    await sql(SET_UP);
    await sql(MAKE_SLOT);
    await using subscription = await subscribe({
      connection: server.url,
      slot: { name: "s", create: true },
      publication: "items",
      retry: RETRY,
      onStatus: () => {},
    });
    const iterator = subscription[Symbol.asyncIterator]();
    await sql("INSERT INTO item VALUES (1, 'a')");
    await iterator.next();
    // The old walsender has gone before the slot is dropped, and no other comes meanwhile.
    await sql(
      `BEGIN; LOCK TABLE pg_database IN ACCESS EXCLUSIVE MODE;
      SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_replication;
      SELECT pg_drop_replication_slot('s'); COMMIT`,
    );
    const error = await assertRejects(async () => {
      while (!(await iterator.next()).done);
    }, SubscriptionError);
    assertEquals(error.reason, "slotMissing");
    assertEquals(subscription.status.state, "closed");
  },
);

testOnPostgres(
  "subscribe() with retry: false ends with the link",
  async ({ server, sql }) => {
    await sql(SET_UP);
    await sql(MAKE_SLOT);
    await using subscription = await subscribe({
      connection: server.url,
      slot: "s",
      publication: "items",
      retry: false,
    });
    const ended = assertRejects(async () => {
      for await (const _ of subscription);
    });
    await sql(END_WALSENDERS);
    await ended;
    assertEquals(subscription.status.state, "closed");
  },
  { majors: [18] },
);

testOnPostgres(
  "subscribe() ends as it is to when it is closed while a broken link is being closed",
  async ({ server, sql }) => {
    await sql(SET_UP);
    await sql(MAKE_SLOT);
    const { promise: closing, resolve: beginClosing } = Promise.withResolvers<
      void
    >();
    const { promise: gate, resolve: openGate } = Promise.withResolvers<void>();
    const heldDial: Dial = async (address, options) => {
      const socket = await dial(address, options);
      return {
        readable: socket.readable,
        writable: socket.writable,
        startTls: (options) => socket.startTls(options),
        close: async () => {
          beginClosing();
          await gate;
          await socket.close();
        },
      };
    };
    const states: SubscriptionStatus["state"][] = [];
    const subscription = await openSubscription({
      connection: server.url,
      slot: "s",
      publication: "items",
      streaming: false,
      retry: { ...RETRY, maxAttempts: 0 },
      onStatus: ({ state }) => states.push(state),
    }, { dial: heldDial, environment });
    const events = subscription[Symbol.asyncIterator]();
    const next = events.next();
    await sql(END_WALSENDERS);
    await closing;
    const closed = subscription.close();
    openGate();
    assertEquals(await next, { done: true, value: undefined });
    await closed;
    assertEquals(states, ["connecting", "streaming", "closed"]);
  },
);
