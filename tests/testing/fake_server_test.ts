import {
  assert,
  assertEquals,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import {
  formatLsn,
  type ReplicationEvent,
  subscribe,
  type SubscribeOptions,
  type Subscription,
  SubscriptionError,
  UNCHANGED,
} from "@walbrook/walbrook";
import { connect } from "@walbrook/walbrook/replication";
import {
  type FakeServer,
  fakeServer,
  type FakeServerOptions,
} from "@walbrook/walbrook/testing";
import { testInTime } from "../helpers/test_in_time.ts";

const ORDERS = {
  columns: { id: "bigint", total: "numeric(10,2)", note: "text" },
  primaryKey: "id",
} as const;

function shop(more: FakeServerOptions = {}): FakeServer {
  return fakeServer({
    publication: "shop",
    tables: { "public.orders": ORDERS },
    ...more,
  });
}

async function follow(
  server: FakeServer,
  more: Partial<SubscribeOptions> = {},
): Promise<Subscription> {
  return await subscribe({
    ...server.options,
    slot: { name: "s", create: true },
    publication: "shop",
    retry: { initialDelayMs: 1 },
    ...more,
  });
}

/** Reads the ids of the next inserted rows, without waiting for what follows them. */
async function nextIds(
  iterator: AsyncIterator<ReplicationEvent>,
  count: number,
): Promise<unknown[]> {
  const ids: unknown[] = [];
  while (ids.length < count) {
    const { value, done } = await iterator.next();
    if (done) break;
    if (value.kind === "insert") ids.push(value.newRow.id);
  }
  return ids;
}

testInTime(
  "fakeServer() delivers what was committed, in one piece",
  async () => {
    using server = shop();
    const subscription = await follow(server);
    const commit = server.transaction((transaction) => {
      transaction.insert("public.orders", { id: 1n, total: 9.9 });
      transaction.update("orders", { id: 1n }, { note: "late" });
      transaction.message("app", "who did it");
      transaction.delete("orders", { id: 1n });
      transaction.truncate("orders", { cascade: true });
    });
    const [whole] = await firstOf(subscription.transactions());
    assertEquals(whole?.endLsn, commit.endLsn);
    assertEquals(whole?.transaction?.xid, commit.xid);
    assertEquals(whole?.transaction?.commitLsn, commit.commitLsn);
    assertEquals(whole?.transaction?.commitTime, commit.commitTime);
    assertEquals(
      whole?.changes.map(({ kind }) => kind),
      ["relation", "insert", "update", "message", "delete", "truncate"],
    );
    await subscription.close();
    assertEquals(server.rows("orders"), []);
    assertEquals(server.connections, 0);
  },
);

async function firstOf<T>(stream: AsyncIterable<T>): Promise<T[]> {
  for await (const one of stream) return [one];
  return [];
}

testInTime("fakeServer() takes a failed transaction back", async () => {
  using server = shop({
    tables: { orders: { ...ORDERS, rows: [{ id: 1n }] } },
  });
  assertThrows(
    () =>
      server.transaction((transaction) => {
        transaction.insert("orders", { id: 2n });
        transaction.update("orders", { id: 1n }, { id: 3n });
        transaction.truncate("orders");
        transaction.insert("orders", { id: 4n });
        transaction.delete("orders", { id: 5n });
      }),
    Error,
    'Cannot find a row of the table "public"."orders" with id = 5',
  );
  assertEquals(server.rows("orders"), [{ id: "1", total: null, note: null }]);
  const subscription = await follow(server);
  server.insert("orders", { id: 6n });
  assertEquals(await nextIds(subscription[Symbol.asyncIterator](), 1), [6n]);
  await subscription.close();
});

Deno.test("FakeServer.transaction() accepts no function that waits", () => {
  using server = shop();
  assertThrows(
    () => server.transaction(() => Promise.resolve() as unknown as void),
    TypeError,
    "not async",
  );
});

Deno.test("fakeServer() refuses rows that a table can't have", () => {
  using server = fakeServer({
    types: { mood: { enum: ["sad"] } },
    tables: {
      kinds: {
        columns: {
          ...{ id: "int", word: "varchar(3)", mood: "mood", day: "date" },
          ...{ yes: "bool", list: "int[]", bytes: "bytea", number: "numeric" },
        },
        primaryKey: "id",
      },
      log: { columns: { entry: "text" } },
    },
  });
  server.insert("kinds", { id: 1 });
  server.insert("log", { entry: "x" });
  const cases: [() => unknown, string][] = [
    [() => server.insert("kinds", { id: 1 }), "has a row with the primary key"],
    [() => server.insert("kinds", {}), 'null value in column "id"'],
    [() => server.insert("kinds", { id: 2 ** 40 }), "out of range"],
    [() => server.insert("kinds", { id: 1.5 }), "not an integer"],
    [() => server.insert("kinds", { id: 2, word: "four" }), "at most 3"],
    [() => server.insert("kinds", { id: 2, mood: "so so" }), "not a label"],
    [() => server.insert("kinds", { id: 2, day: 5 }), "a text or a Date"],
    [() => server.insert("kinds", { id: 2, yes: "t" }), "type"],
    [() => server.insert("kinds", { id: 2, list: 1 }), "as an array of int4"],
    [() => server.insert("kinds", { id: 2, bytes: 1 }), "Uint8Array"],
    [() => server.insert("kinds", { id: 2, number: "x" }), "decimal number"],
    [() => server.insert("kinds", { id: 2, name: 1 }), 'the column "name"'],
    [() => server.insert("orders", { id: 2 }), "the table orders"],
    [() => server.update("kinds", { id: 9 }, {}), "Cannot find a row"],
    [() => server.delete("log", { entry: "x" }), "no replica identity"],
    [() => server.createTable("log", { columns: {} }), "already exists"],
    [
      () => server.createTable("a", { columns: { b: "nonsense" } }),
      'the type "nonsense"',
    ],
    [() => server.dropTable("a.b.c"), "as the name of a table"],
  ];
  for (const [run, message] of cases) {
    const error = assertThrows(run, Error);
    const text = error.message.replace("does not have a", "no");
    assertStringIncludes(text, message);
  }
  assertEquals(server.rows("kinds").length, 1);
});

testInTime("fakeServer() sends 1,000 transactions in no time", async () => {
  using server = shop();
  const subscription = await follow(server);
  const iterator = subscription[Symbol.asyncIterator]();
  const start = performance.now();
  for (let id = 0; id < 1_000; id++) server.insert("orders", { id, note: "x" });
  const ids = await nextIds(iterator, 1_000);
  console.log(
    `1,000 transactions: ${Math.round(performance.now() - start)} ms`,
  );
  assertEquals(ids.at(-1), 999n);
  await subscription.close();
});

testInTime(
  "fakeServer() goes on after a broken connection where it was",
  async () => {
    using server = shop();
    const subscription = await follow(server);
    const iterator = subscription[Symbol.asyncIterator]();
    server.insert("orders", { id: 1n });
    assertEquals(await nextIds(iterator, 1), [1n]);
    server.disconnect();
    server.insert("orders", { id: 2n });
    assertEquals(await nextIds(iterator, 1), [2n]);
    await subscription.close();
  },
);

testInTime(
  "FakeServer.crash() sends again what was not written to the disk",
  async () => {
    using server = shop();
    server.createSlot("s");
    const first = server.insert("orders", { id: 1n });
    const second = server.insert("orders", { id: 2n });
    const one = await follow(server, { acknowledge: "manual" });
    const transactions = one.transactions();
    for await (const transaction of transactions) {
      transaction.acknowledge();
      await server.confirmed("s", transaction.endLsn);
      if (transaction.endLsn === first.endLsn) server.checkpoint();
      if (transaction.endLsn === second.endLsn) break;
    }
    await one.close();
    assert(server.slot("s")!.confirmedFlushLsn >= second.endLsn);
    server.crash();
    assertEquals(server.slot("s")?.confirmedFlushLsn, first.endLsn);
    const other = await follow(server);
    assertEquals(await nextIds(other[Symbol.asyncIterator](), 1), [2n]);
    await other.close();
  },
);

testInTime("FakeServer.stop() refuses connections until start()", async () => {
  using server = shop();
  const states: string[] = [];
  const retried = Promise.withResolvers<void>();
  const subscription = await follow(server, {
    onStatus: ({ state }) => {
      states.push(state);
      if (state === "retrying") retried.resolve();
    },
  });
  const iterator = subscription[Symbol.asyncIterator]();
  server.stop();
  const reading = nextIds(iterator, 1);
  await retried.promise;
  await assertRejects(() => follow(server, { slot: "s" }));
  server.start();
  server.insert("orders", { id: 1n });
  assertEquals(await reading, [1n]);
  await subscription.close();
});

testInTime(
  "FakeServer.slotLost() ends in a gap for who accepts one",
  async () => {
    using server = shop();
    const subscription = await follow(server, { gaps: "event" });
    const iterator = subscription[Symbol.asyncIterator]();
    server.insert("orders", { id: 1n });
    assertEquals(await nextIds(iterator, 1), [1n]);
    server.hold();
    server.insert("orders", { id: 2n });
    server.slotLost("s");
    assertEquals(server.slot("s")?.invalidationReason, "wal_removed");
    server.release();
    const gap = await until(iterator, "gap");
    assertEquals(gap.kind === "gap" && gap.reason, "slotUnusable");
    server.insert("orders", { id: 3n });
    assertEquals(await nextIds(iterator, 1), [3n]);
    await subscription.close();
  },
);

async function until(
  iterator: AsyncIterator<ReplicationEvent>,
  kind: ReplicationEvent["kind"],
): Promise<ReplicationEvent> {
  for (;;) {
    const { value, done } = await iterator.next();
    if (done) throw new Error(`The stream ended before ${kind}`);
    if (value.kind === kind) return value;
  }
}

testInTime(
  "FakeServer.slotLost() and dropSlot() end a stream with what happened",
  async () => {
    for (
      const [lose, reason] of [
        [(server: FakeServer) => server.slotLost("s"), "slotUnusable"],
        [(server: FakeServer) => server.dropSlot("s"), "slotMissing"],
      ] as const
    ) {
      using server = shop();
      const subscription = await follow(server);
      lose(server);
      const error = await assertRejects(
        () => until(subscription[Symbol.asyncIterator](), "commit"),
        SubscriptionError,
      );
      assertEquals(error.reason, reason);
      await subscription.close();
    }
  },
);

testInTime("FakeServer.hold() keeps changes back until release()", async () => {
  using server = shop();
  const subscription = await follow(server);
  const iterator = subscription[Symbol.asyncIterator]();
  server.hold();
  server.insert("orders", { id: 1n });
  let isHere = false;
  const reading = nextIds(iterator, 1).finally(() => isHere = true);
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert(!isHere);
  server.release();
  assertEquals(await reading, [1n]);
  await subscription.close();
});

testInTime("FakeServer.delay() lets everything arrive later", async () => {
  using server = shop();
  const subscription = await follow(server);
  const iterator = subscription[Symbol.asyncIterator]();
  server.delay(30);
  const start = performance.now();
  server.insert("orders", { id: 1n });
  assertEquals(await nextIds(iterator, 1), [1n]);
  assert(performance.now() - start >= 29);
  await subscription.close();
});

testInTime(
  "fakeServer() has a table's large values unchanged where they are",
  async () => {
    using server = shop({
      tables: {
        documents: {
          columns: {
            id: "int",
            title: "text",
            body: { type: "text", toasted: true },
          },
          primaryKey: "id",
        },
      },
    });
    server.insert("documents", { id: 1, title: "a", body: "long" });
    const subscription = await follow(server);
    server.update("documents", { id: 1 }, { title: "b" });
    const event = await until(subscription[Symbol.asyncIterator](), "update");
    assertEquals(event.kind === "update" && event.newRow.body, UNCHANGED);
    await subscription.close();
  },
);

testInTime(
  "fakeServer() publishes the tables of each publication",
  async () => {
    using server = fakeServer({
      tables: {
        ...{ orders: ORDERS, secrets: ORDERS },
        unpublished: { columns: { id: "int" }, rows: [{ id: 1 }] },
      },
      publication: { shop: ["public.orders"], all: ["orders", "secrets"] },
    });
    const subscription = await follow(server);
    server.insert("secrets", { id: 1n });
    server.update("unpublished", { id: 1 }, { id: 2 });
    server.delete("unpublished", { id: 2 });
    server.transaction((transaction) => {
      transaction.insert("secrets", { id: 2n });
      transaction.insert("orders", { id: 3n });
      transaction.truncate(["secrets", "orders"]);
    });
    const iterator = subscription[Symbol.asyncIterator]();
    assertEquals(await nextIds(iterator, 1), [3n]);
    const event = await until(iterator, "truncate");
    const names = event.kind === "truncate" &&
      event.relations.map(({ name }) => name);
    assertEquals(names, ["orders"]);
    await subscription.close();
    const error = await assertRejects(
      () => follow(server, { publication: "other" }),
      SubscriptionError,
    );
    assertEquals(error.reason, "publicationMissing");
  },
);

testInTime("fakeServer() tells where a transaction comes from", async () => {
  using server = shop();
  const subscription = await follow(server, { origin: "none" });
  server.transaction((one) => one.insert("orders", { id: 1n }), {
    origin: "x",
  });
  server.insert("orders", { id: 2n });
  assertEquals(await nextIds(subscription[Symbol.asyncIterator](), 1), [2n]);
  await subscription.close();
  const all = await follow(server, { slot: { name: "all", create: true } });
  server.transaction((one) => one.insert("orders", { id: 3n }), {
    origin: "x",
  });
  const begin = await until(all[Symbol.asyncIterator](), "insert");
  assertEquals(begin.transaction?.origin, "x");
  await all.close();
});

testInTime(
  "fakeServer() lets several tables be copied, empty ones too",
  async () => {
    using server = shop({
      tables: {
        ...{ orders: ORDERS, others: ORDERS },
        full: { ...ORDERS, rows: [{ id: 1 }, { id: 2 }] },
      },
    });
    const subscription = await follow(server, {
      ...{ snapshot: "always", until: "snapshot" },
    });
    const rows: Record<string, number> = {};
    for await (const event of subscription) {
      if (event.kind === "snapshotEnd") rows[event.table] = event.rows;
    }
    assertEquals(rows, {
      ...{ "public.orders": 0, "public.others": 0, "public.full": 2 },
    });
  },
);

testInTime("fakeServer() lets tables be copied while they change", async () => {
  using server = shop({
    tables: {
      orders: {
        ...ORDERS,
        rows: Array.from({ length: 3_000 }, (_, id) => ({ id })),
      },
    },
  });
  const subscription = await follow(server, { snapshot: "always" });
  const copy = new Map<unknown, unknown>();
  let changes = 0;
  let end: bigint | null = null;
  for await (const event of subscription) {
    if (event.kind === "delete") copy.delete(event.key?.id);
    if (event.kind === "commit" && event.endLsn === end) break;
    if (event.kind === "snapshotEnd") {
      end = server.insert("orders", { id: 9_999 }).endLsn;
    }
    if (!("newRow" in event)) continue;
    copy.set(event.newRow.id, event.newRow.note);
    if (event.kind !== "read" || copy.size % 100 !== 0) continue;
    changes++;
    server.update("orders", { id: 2_000 + changes }, { note: "changed" });
    server.delete("orders", { id: 2_500 + changes });
    server.insert("orders", { id: 5_000 + changes });
  }
  await subscription.close();
  assert(changes > 5);
  const byId = (a: string, b: string) => a < b ? -1 : 1;
  assertEquals(
    [...copy].map(([id, note]) => `${id} ${note}`).sort(byId),
    server.rows("orders").map(({ id, note }) => `${id} ${note}`).sort(byId),
  );
});

testInTime(
  "fakeServer() fails loudly, with the SQL, on what it does not know",
  async () => {
    const server = shop();
    const connection = await connect(server.options.connection, server.options);
    const sql = "SELECT version()";
    await assertRejects(() => connection.query(sql), Error, sql);
    await connection.close();
    assertThrows(() => server.insert("orders", { id: 1n }), Error, sql);
    assertThrows(() => server.close(), Error, sql);
  },
);

testInTime("fakeServer() answers other SQL as it was told", async () => {
  using server = shop({
    answer: (sql) => sql === "SELECT version()" ? [["18", null]] : undefined,
  });
  const connection = await connect(server.options.connection, server.options);
  const [result] = await connection.query("SELECT version()");
  assertEquals(result?.rows, [["18", null]]);
  await connection.close();
});

testInTime("fakeServer() has slots of its own for each server", async () => {
  using one = shop();
  using other = shop();
  const subscription = await follow(one);
  assertEquals(one.slot("s")?.isActive, true);
  assertEquals(other.slot("s"), null);
  await assertRejects(() => follow(one, { retry: false }), Error, "active");
  const { system } = subscription;
  await subscription.close();
  assertEquals(one.slot("s")?.isActive, false);
  const second = await follow(other);
  assert(second.system.systemId !== system.systemId);
  await second.close();
});

testInTime(
  "FakeServer.confirmed() says what it has waited for in vain",
  async () => {
    using server = shop();
    const subscription = await follow(server, { acknowledge: "manual" });
    const { endLsn } = server.insert("orders", { id: 1n });
    const options = { timeoutMs: 1 };
    await assertRejects(
      () => server.confirmed("s", endLsn, options),
      Error,
      `The consumer has not confirmed ${
        formatLsn(endLsn)
      }: the position of slot "s" is`,
    );
    await assertRejects(
      () => server.confirmed("t", endLsn, options),
      Error,
      'there is no slot "t"',
    );
    await subscription.close();
    await assertRejects(
      () => server.confirmed("s", endLsn, options),
      Error,
      "nobody streams it",
    );
    await server.confirmed("s", server.slot("s")!.confirmedFlushLsn);
  },
);

testInTime(
  "FakeServer.confirmed() ends where the consumer asks what nobody knows",
  async () => {
    const server = shop();
    const connection = await connect(server.options.connection, server.options);
    const waiting = assertRejects(
      () => server.confirmed("s", server.walEnd),
      Error,
      "SELECT 1",
    );
    await assertRejects(() => connection.query("SELECT 1"));
    await waiting;
    await connection.close();
    assertThrows(() => server.close(), Error, "SELECT 1");
  },
);

testInTime("fakeServer() copes with odd names", async () => {
  const name = `"the  ""shop""".;'x\\y'`;
  using server = fakeServer({
    publication: "it's;  one",
    types: { '"a  mood"': { enum: ["it's"] } },
    tables: {
      [name]: {
        columns: { "a, b": "int", '"': "text", "c  'd'": '"a  mood"' },
        primaryKey: "a, b",
        rows: [{ "a, b": 1, '"': "x", "c  'd'": "it's" }],
      },
    },
  });
  const subscription = await follow(server, {
    ...{ publication: "it's;  one", snapshot: "always" },
  });
  const read = await until(subscription[Symbol.asyncIterator](), "read");
  assertEquals(read.table, name);
  assertEquals(read.kind === "read" && read.newRow, {
    ...{ "a, b": 1, '"': "x", "c  'd'": "it's" },
  });
  await subscription.close();
});
