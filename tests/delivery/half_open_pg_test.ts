import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import {
  ConnectionError,
  PostgresError,
  type ReplicationEvent,
  subscribe,
} from "@walbrook/walbrook";
import type { SubscriptionStatus } from "@walbrook/walbrook/subscription";
import {
  type Direction,
  startFaultProxy,
  throughProxy,
} from "../helpers/fault_proxy.ts";
import { type SqlClient, testOnPostgres } from "../helpers/postgres.ts";
import { RETRY } from "./cuts.ts";

/** The server's patience; a silent link is left after twice as long. */
const TIMEOUT_MS = 1000;
const OPTIONS = {
  majors: [14, 18],
  settings: { wal_sender_timeout: `${TIMEOUT_MS}ms` },
} as const;
const SET_UP = "CREATE TABLE item (id int PRIMARY KEY, body text); " +
  "CREATE PUBLICATION items FOR TABLE item";
// As docs/operations.md has it.
const TAKE_OVER =
  "SELECT pg_terminate_backend(active_pid) FROM pg_replication_slots " +
  "WHERE slot_name = 's'";
const MAKE_SLOT = "SELECT pg_create_logical_replication_slot('s', 'pgoutput')";

async function nextIds(
  events: AsyncIterator<ReplicationEvent>,
): Promise<unknown[]> {
  const ids: unknown[] = [];
  for (;;) {
    const { value } = await events.next();
    if (value.kind === "insert") ids.push(value.newRow["id"]);
    if (value.kind === "commit") return ids;
  }
}

const HOLES: readonly (readonly Direction[])[] = [
  ["fromServer"],
  ["fromServer", "fromClient"],
];

for (const ways of HOLES) {
  testOnPostgres(
    `subscribe() leaves a link that carries nothing ${ways.join(" nor ")}`,
    async ({ server, sql }) => {
      await sql(SET_UP);
      await sql(MAKE_SLOT);
      await using proxy = await startFaultProxy(server.url);
      const statuses: SubscriptionStatus[] = [];
      const controller = new AbortController();
      const giveUp = setTimeout(() => controller.abort(), 15 * TIMEOUT_MS);
      await using subscription = await subscribe({
        connection: throughProxy(server.url, proxy),
        slot: "s",
        publication: "items",
        retry: RETRY,
        signal: controller.signal,
        onStatus: (status) => statuses.push(status),
      });
      const events = subscription[Symbol.asyncIterator]();
      await sql("INSERT INTO item VALUES (1)");
      assertEquals(await nextIds(events), [1]);
      proxy.blackHole(...ways);
      await sql("INSERT INTO item VALUES (2)");
      assertEquals(await nextIds(events).finally(() => clearTimeout(giveUp)), [
        2,
      ]);
      const lost = statuses.find(({ state }) => state === "retrying");
      assert(lost?.state === "retrying");
      assert(lost.error instanceof ConnectionError);
      assertStringIncludes(lost.error.message, "has sent nothing");
    },
    OPTIONS,
  );
}

testOnPostgres(
  "subscribe() takes neither a slow consumer nor an idle server for a dead link",
  async ({ server, sql }) => {
    await sql(SET_UP);
    await sql(MAKE_SLOT);
    // More than fits into the sockets, so that the server waits, too.
    await sql(
      "INSERT INTO item SELECT g, repeat('x', 5000) FROM generate_series(1, 3000) g",
    );
    const states: SubscriptionStatus["state"][] = [];
    await using subscription = await subscribe({
      connection: server.url,
      slot: "s",
      publication: "items",
      retry: RETRY,
      onStatus: ({ state }) => states.push(state),
    });
    const events = subscription[Symbol.asyncIterator]();
    await events.next();
    await sleep(3 * TIMEOUT_MS);
    assertEquals((await nextIds(events)).length, 3000);
    const idle = nextIds(events);
    await sleep(3 * TIMEOUT_MS);
    await sql("INSERT INTO item VALUES (3001)");
    assertEquals(await idle, [3001]);
    assertEquals(states, ["connecting", "streaming"]);
  },
  OPTIONS,
);

testOnPostgres(
  "subscribe() does not take a server for dead that is busy with a single step",
  async ({ server, sql }) => {
    await sql(SET_UP);
    await sql(MAKE_SLOT);
    // To read so much from the log takes the server a while in which it sends nothing.
    await sql(
      "INSERT INTO item SELECT g, repeat('x', 100) FROM generate_series(1, 100000) g",
    );
    const states: SubscriptionStatus["state"][] = [];
    await using subscription = await subscribe({
      connection: server.url,
      slot: "s",
      publication: "items",
      streaming: false,
      retry: RETRY,
      onStatus: ({ state }) => states.push(state),
    });
    const { processId } = subscription;
    const inserted = nextIds(subscription[Symbol.asyncIterator]());
    // The step takes as long as the process stands still in the middle of it.
    await stopAtWork(sql, processId);
    try {
      await sleep(5 * TIMEOUT_MS);
      assertEquals(states, ["connecting", "streaming"]);
    } finally {
      Deno.kill(processId, "SIGCONT");
    }
    assertEquals((await inserted).length, 100_000);
    assertEquals(states, ["connecting", "streaming"]);
  },
  OPTIONS,
);

/** Stops a process of the server where it waits for nobody. */
async function stopAtWork(sql: SqlClient, processId: number): Promise<void> {
  for (;;) {
    Deno.kill(processId, "SIGSTOP");
    const waitsFor = await sql.value(
      `SELECT wait_event_type FROM pg_stat_activity WHERE pid = ${processId}`,
    );
    if (waitsFor !== "Client" && waitsFor !== "Activity") return;
    Deno.kill(processId, "SIGCONT");
  }
}

testOnPostgres(
  "subscribe() does not take a link for dead on which one message takes long",
  async ({ server, sql }) => {
    await sql(SET_UP);
    await sql(MAKE_SLOT);
    // Three times the patience for one row, without a whole message in between.
    await using proxy = await startFaultProxy(server.url, {
      fault: () => ({ segmentBytes: 500, segmentPauseMs: 50 }),
    });
    await using subscription = await subscribe({
      connection: throughProxy(server.url, proxy),
      slot: "s",
      publication: "items",
      retry: false,
    });
    await sql("INSERT INTO item VALUES (1, repeat('x', 60000))");
    assertEquals(await nextIds(subscription[Symbol.asyncIterator]()), [1]);
  },
  OPTIONS,
);

testOnPostgres(
  "subscribe() with wait takes a slot over from a host that has vanished",
  async ({ server, sql }) => {
    await sql(SET_UP);
    await sql(MAKE_SLOT);
    await using proxy = await startFaultProxy(server.url);
    const options = { slot: "s", publication: "items", retry: RETRY };
    await using vanished = await subscribe({
      ...options,
      connection: throughProxy(server.url, proxy),
    });
    await sql("INSERT INTO item VALUES (1)");
    const events = vanished[Symbol.asyncIterator]();
    assertEquals(await nextIds(events), [1]);
    proxy.blackHole("fromServer", "fromClient");
    // Its consumer is at work, and so does not know of it.
    await using heir = await subscribe({
      ...options,
      connection: server.url,
      slot: { name: "s", wait: true },
    });
    await sql("INSERT INTO item VALUES (2)");
    // What was not confirmed any more comes again, to another process.
    const inherited = heir[Symbol.asyncIterator]();
    assertEquals(await nextIds(inherited), [1]);
    assertEquals(await nextIds(inherited), [2]);
  },
  { ...OPTIONS, majors: [18] },
);

testOnPostgres(
  "subscribe() with wait need not wait for a host that has vanished, where its walsender is ended",
  async ({ server, sql }) => {
    await sql(SET_UP);
    await sql(MAKE_SLOT);
    await using proxy = await startFaultProxy(server.url);
    const options = { publication: "items", retry: RETRY };
    await using vanished = await subscribe({
      ...{ ...options, slot: "s" },
      connection: throughProxy(server.url, proxy),
    });
    proxy.blackHole("fromServer", "fromClient");
    const waiting = Promise.withResolvers<unknown>();
    const taking = subscribe({
      ...{ ...options, connection: server.url },
      slot: { name: "s", wait: true },
      onStatus: (status) => {
        if (status.state === "retrying") waiting.resolve(status.error);
      },
    });
    // The server does not give it up for a minute, and says who it is.
    const error = await waiting.promise;
    assert(error instanceof PostgresError);
    assertStringIncludes(error.message, `PID ${vanished.processId}`);
    await sql(TAKE_OVER);
    await using heir = await taking;
    await sql("INSERT INTO item VALUES (1)");
    assertEquals(await nextIds(heir[Symbol.asyncIterator]()), [1]);
  },
  { majors: [14, 18] },
);

/** Not to wait for something, but to be the one who is slow. */
function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
