import {
  assert,
  assertEquals,
  assertRejects,
  assertStrictEquals,
} from "@std/assert";
import { type Checkpoint, subscribe } from "@walbrook/walbrook";
import { type FakeServer, fakeServer } from "@walbrook/walbrook/testing";
import { testInTime } from "../helpers/test_in_time.ts";

const reason = new Error("given up");

function startServer(): FakeServer {
  const server = fakeServer({
    publication: "p",
    tables: { item: { columns: { id: "int" }, primaryKey: "id" } },
  });
  server.createSlot("s");
  return server;
}

/** A store whose saves hang from the given one on. */
function hangingStore(from: number, waits: () => void) {
  let saves = 0;
  return {
    load: () => Promise.resolve(null),
    save: (_: Checkpoint) => {
      if (++saves < from) return Promise.resolve();
      waits();
      return new Promise<never>(() => {});
    },
  };
}

testInTime(
  "subscribe() obeys its signal while the first checkpoint.save() hangs",
  async () => {
    using server = startServer();
    const controller = new AbortController();
    const error = await assertRejects(() =>
      subscribe({
        ...server.options,
        ...{ slot: "s", publication: "p" },
        checkpoint: hangingStore(1, () => controller.abort(reason)),
        signal: controller.signal,
      })
    );
    assertStrictEquals(error, reason);
    assertEquals(server.connections, 0);
  },
);

for (const end of ["signal", "close"] as const) {
  testInTime(
    `a subscription ends by ${end} while checkpoint.save() hangs`,
    async () => {
      using server = startServer();
      const controller = new AbortController();
      const waiting = Promise.withResolvers<void>();
      const subscription = await subscribe({
        ...server.options,
        ...{ slot: "s", publication: "p" },
        checkpoint: hangingStore(2, waiting.resolve),
        signal: controller.signal,
      });
      const events = subscription[Symbol.asyncIterator]();
      server.insert("item", { id: 1 });
      for (let kind = ""; kind !== "commit";) {
        kind = (await events.next()).value.kind;
      }
      const next = events.next();
      await waiting.promise;
      if (end === "signal") {
        controller.abort(reason);
        assertStrictEquals(await assertRejects(() => next), reason);
      } else {
        await subscription.close();
        assertEquals(await next, { done: true, value: undefined });
      }
      await subscription.close();
      assertEquals(server.slot("s")?.isActive, false);
      assertEquals(server.connections, 0);
    },
  );
}

testInTime(
  "subscribe() leaves no link behind where onStatus throws",
  async () => {
    using server = startServer();
    const refused = subscribe({
      ...server.options,
      ...{ slot: "s", publication: "p" },
      onStatus: ({ state }) => {
        if (state === "streaming") throw new RangeError("Cannot note it");
      },
    });
    await assertRejects(() => refused, RangeError, "Cannot note it");
    assert(server.slot("s")?.isActive === false);
    assertEquals(server.connections, 0);
  },
);
