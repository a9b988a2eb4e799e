import { assert, assertEquals, assertRejects } from "@std/assert";
import { AcknowledgeStream, subscribe } from "@walbrook/walbrook";
import { type FakeServer, fakeServer } from "@walbrook/walbrook/testing";
import { testInTime } from "../../helpers/test_in_time.ts";

function startServer(): FakeServer {
  const server = fakeServer({
    publication: "items",
    tables: { item: { columns: { id: "int" }, primaryKey: "id" } },
  });
  server.createSlot("s");
  return server;
}

testInTime("transactions() gathers what commits together", async () => {
  using server = startServer();
  server.transaction((transaction) => {
    transaction.insert("item", { id: 1 });
    transaction.insert("item", { id: 2 });
  });
  server.message("p", "alone");
  server.delete("item", { id: 1 });
  const before = server.slot("s")?.confirmedFlushLsn;
  const open = () =>
    subscribe({
      ...server.options,
      slot: "s",
      publication: "items",
      acknowledge: "manual",
      until: "now",
    });
  const seen: string[][] = [];
  {
    await using subscription = await open();
    const transactions = subscription.transactions();
    for await (const { changes, transaction } of transactions) {
      assertEquals(transaction === null, changes[0]?.kind === "message");
      seen.push(changes.map(({ kind }) => kind));
    }
  }
  assertEquals(seen, [["relation", "insert", "insert"], ["message"], [
    "delete",
  ]]);
  // Nothing was acknowledged, so all comes again, and this time in a pipeline.
  assertEquals(server.slot("s")?.confirmedFlushLsn, before);
  let count = 0;
  {
    await using subscription = await open();
    await subscription.transactions()
      .pipeThrough(new AcknowledgeStream(subscription))
      .pipeTo(new WritableStream({ write: () => void count++ }));
    assertEquals(subscription.progress.pending, 0);
  }
  assertEquals(count, 3);
  assert(server.slot("s")?.confirmedFlushLsn !== before);
});

testInTime("transactions() refuses one that is too large", async () => {
  using server = startServer();
  server.transaction((transaction) => {
    for (let id = 1; id <= 20; id++) transaction.insert("item", { id });
  });
  for (
    const [limit, message] of [
      [{ maxChanges: 10 }, "maxChanges"],
      [{ maxBytes: 500 }, "maxBytes"],
    ] as const
  ) {
    await using subscription = await subscribe({
      ...server.options,
      slot: "s",
      publication: "items",
    });
    const reader = subscription.transactions(limit).getReader();
    await assertRejects(() => reader.read(), RangeError, message);
  }
});
