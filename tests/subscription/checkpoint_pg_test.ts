import { assert, assertEquals, assertRejects } from "@std/assert";
import {
  type Checkpoint,
  type CheckpointStore,
  subscribe,
  SubscriptionError,
  toLsn,
} from "@walbrook/walbrook";
import { connectSql, testOnPostgres } from "../helpers/postgres.ts";

const SET_UP = "CREATE TABLE item (id int PRIMARY KEY); " +
  "CREATE PUBLICATION items FOR TABLE item";
const MAKE_SLOT = "SELECT pg_create_logical_replication_slot('s', 'pgoutput')";

class MemoryStore implements CheckpointStore {
  kept: Checkpoint | null = null;
  load(): Promise<Checkpoint | null> {
    return Promise.resolve(this.kept);
  }
  save(checkpoint: Checkpoint): Promise<void> {
    if (this.kept === null || checkpoint.lsn > this.kept.lsn) {
      this.kept = checkpoint;
    }
    return Promise.resolve();
  }
}

testOnPostgres(
  "subscribe() with a checkpoint starts where the consumer is, not where the slot is",
  async ({ server, sql }) => {
    await sql(SET_UP);
    await sql(MAKE_SLOT);
    const store = new MemoryStore();
    const open = () =>
      subscribe({
        connection: server.url,
        slot: "s",
        publication: "items",
        acknowledge: "manual",
        checkpoint: store,
        until: "now",
      });
    const ids: number[] = [];
    // Writes down how far it is with its data, and is gone before it can tell the server.
    async function applyAll(): Promise<void> {
      await using subscription = await open();
      for await (const { changes, endLsn } of subscription.transactions()) {
        for (const change of changes) {
          if (change.kind === "insert") ids.push(Number(change.newRow["id"]));
        }
        await store.save({ lsn: endLsn, ...subscription.system });
      }
    }
    await sql("INSERT INTO item VALUES (1), (2)");
    await sql("INSERT INTO item VALUES (3)");
    await applyAll();
    await sql("INSERT INTO item VALUES (4)");
    await applyAll();
    assertEquals(ids, [1, 2, 3, 4]);
    // The same after the server has crashed.
    await sql.end();
    await server.stop("immediate");
    await server.start();
    await using again = await connectSql(server.url);
    await again("INSERT INTO item VALUES (5)");
    await applyAll();
    assertEquals(ids, [1, 2, 3, 4, 5]);
  },
);

testOnPostgres(
  "subscribe() keeps a position before the server is told of it",
  async ({ server, sql }) => {
    await sql(SET_UP);
    await sql(MAKE_SLOT);
    const store = new MemoryStore();
    await sql("INSERT INTO item VALUES (1)");
    {
      await using subscription = await subscribe({
        connection: server.url,
        slot: "s",
        publication: "items",
        checkpoint: store,
        until: "now",
      });
      for await (const _ of subscription);
    }
    const confirmed = await sql.value(
      `SELECT confirmed_flush_lsn - '0/0' FROM pg_replication_slots`,
    );
    assert(store.kept !== null);
    assertEquals(store.kept.lsn, toLsn(BigInt(Number(confirmed))));
  },
);

testOnPostgres(
  "subscribe() refuses a checkpoint that can't be true",
  async ({ server, sql }) => {
    await sql(SET_UP);
    await sql(MAKE_SLOT);
    const store = new MemoryStore();
    const options = {
      connection: server.url,
      slot: { name: "s", create: true },
      publication: "items",
      checkpoint: store,
      until: "now",
    } as const;
    async function reasonOf(): Promise<string> {
      const error = await assertRejects(
        () => subscribe(options),
        SubscriptionError,
      );
      return error.reason;
    }

    await sql("INSERT INTO item VALUES (1)");
    {
      await using subscription = await subscribe(options);
      for await (const _ of subscription);
    }
    const kept = store.kept!;
    store.kept = { ...kept, systemId: "1" };
    assertEquals(await reasonOf(), "otherServer");
    store.kept = { ...kept, timeline: 7 };
    assertEquals(await reasonOf(), "otherTimeline");
    store.kept = { ...kept, lsn: toLsn(kept.lsn + 0x1_0000_0000n) };
    assertEquals(await reasonOf(), "startAhead");
    store.kept = kept;
    // Someone else takes changes from the slot.
    await sql("INSERT INTO item VALUES (2)");
    await sql(
      "SELECT pg_replication_slot_advance('s', pg_current_wal_flush_lsn())",
    );
    assertEquals(await reasonOf(), "startPassed");
    // Someone makes it anew.
    await sql("SELECT pg_drop_replication_slot('s')");
    assertEquals(await reasonOf(), "slotMissing");
  },
);

testOnPostgres(
  "subscribe() ends where the position can't be kept",
  async ({ server, sql }) => {
    await sql(SET_UP);
    await sql(MAKE_SLOT);
    let saved = 0;
    await using subscription = await subscribe({
      connection: server.url,
      slot: "s",
      publication: "items",
      checkpoint: {
        load: () => Promise.resolve(null),
        // The start is kept, and nothing after it.
        save: () =>
          saved++ === 0
            ? Promise.resolve()
            : Promise.reject(new Error("the disk is full")),
      },
    });
    await sql("INSERT INTO item VALUES (1)");
    await assertRejects(
      async () => {
        for await (const _ of subscription);
      },
      Error,
      "the disk is full",
    );
  },
  { majors: [18] },
);

testOnPostgres(
  "acknowledge() still counts after the stream has reached its end",
  async ({ server, sql }) => {
    await sql(SET_UP);
    await sql(MAKE_SLOT);
    await sql("INSERT INTO item VALUES (1)");
    const options = {
      connection: server.url,
      slot: "s",
      publication: "items",
      acknowledge: "manual",
      until: "now",
    } as const;
    {
      await using subscription = await subscribe(options);
      const transactions = [];
      for await (const transaction of subscription.transactions()) {
        transactions.push(transaction);
      }
      assertEquals(transactions.length, 1);
      for (const transaction of transactions) transaction.acknowledge();
    }
    await using subscription = await subscribe(options);
    for await (const event of subscription) {
      assertEquals(event, undefined, "nothing may come again");
    }
  },
);

testOnPostgres(
  "subscribe() keeps its link while a position is being saved, and what is saved late comes in its turn",
  async ({ server, sql }) => {
    await sql(SET_UP);
    await sql(MAKE_SLOT);
    const released = Promise.withResolvers<void>();
    const begun = Promise.withResolvers<void>();
    let saves = 0;
    const kept: bigint[] = [];
    const store: CheckpointStore = {
      load: () => Promise.resolve(null),
      save: async ({ lsn }) => {
        // The first one is where it starts.
        if (++saves === 2) {
          begun.resolve();
          await released.promise;
        }
        kept.push(lsn);
      },
    };
    const states: string[] = [];
    await using subscription = await subscribe({
      ...{ connection: server.url, slot: "s", publication: "items" },
      checkpoint: store,
      retry: { initialDelayMs: 20 },
      onStatus: ({ state }) => void states.push(state),
    });
    const ends: bigint[] = [];
    const events = subscription[Symbol.asyncIterator]();
    const nextEnd = async () => {
      for (;;) {
        const { value } = await events.next();
        if (value.kind === "commit") return void ends.push(value.endLsn);
      }
    };
    await sql("INSERT INTO item VALUES (1)");
    await nextEnd();
    const second = nextEnd();
    await begun.promise;
    // Three times the server's patience.
    await new Promise((resolve) => setTimeout(resolve, 6000));
    assertEquals(states, ["connecting", "streaming"]);
    await sql(`SELECT pg_terminate_backend(${subscription.processId})`);
    await sql("INSERT INTO item VALUES (2)");
    await second;
    const third = nextEnd();
    await sql("INSERT INTO item VALUES (3)");
    await third;
    // What the first link has left does not come behind what the second one keeps.
    assertEquals(kept.length, 1);
    released.resolve();
    await subscription.close();
    assertEquals(kept, kept.toSorted((a, b) => a < b ? -1 : 1));
    assert(kept.at(-1)! >= ends[1]!, `${kept}, ${ends}`);
  },
  { settings: { wal_sender_timeout: "2s" }, majors: [15, 18] },
);
