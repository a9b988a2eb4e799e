import { assertEquals, assertStrictEquals } from "@std/assert";
import { type Row, subscribe, type Subscription } from "@walbrook/walbrook";
import type { Dial } from "../../src/socket/socket.ts";
import { dial } from "../../src/socket/deno.ts";
import { testOnPostgres } from "../helpers/postgres.ts";
import { untilTrue } from "../helpers/until_true.ts";
import { follow, memoryStore } from "./follower.ts";

const ROWS = 300;
const SET_UP = `CREATE TABLE t (id int PRIMARY KEY, v text);
  INSERT INTO t SELECT i, repeat('x', 100) FROM generate_series(1, ${ROWS}) i;
  CREATE PUBLICATION p FOR TABLE t`;
const NO_READER =
  "NOT EXISTS (SELECT FROM pg_stat_activity WHERE application_name = 'walbrook')";

/** Sockets that call a function at each step, and know how many of them are open. */
function steppingDial(onStep: () => void) {
  let open = 0;
  const stepping: Dial = async (address, options) => {
    onStep();
    const socket = await dial(address, options);
    open++;
    let isOpen = true;
    const reader = socket.readable.getReader();
    const writer = socket.writable.getWriter();
    return {
      readable: new ReadableStream<Uint8Array>({
        async pull(controller) {
          const { done, value } = await reader.read();
          onStep();
          if (done) controller.close();
          else controller.enqueue(value);
        },
        cancel: (reason) => reader.cancel(reason),
      }, { highWaterMark: 0 }),
      writable: new WritableStream<Uint8Array>({
        async write(bytes) {
          onStep();
          await writer.write(bytes);
        },
      }),
      startTls: () => Promise.reject(new TypeError("No TLS here")),
      async close() {
        if (isOpen) open--;
        isOpen = false;
        await socket.close();
      },
    };
  };
  return {
    dial: stepping,
    get open() {
      return open;
    },
  };
}

testOnPostgres(
  "a copy ends by its signal wherever it is, and leaves no connection behind",
  async ({ server, sql }) => {
    await sql(SET_UP);
    // Every third step, up to the end of the copy.
    let isOver = false;
    for (let at = 1; !isOver; at += 3) {
      const reason = new Error(`Aborted at step ${at}`);
      const abort = new AbortController();
      let steps = 0;
      const sockets = steppingDial(() => {
        if (++steps === at) abort.abort(reason);
      });
      let rows = 0;
      let ended: unknown = null;
      try {
        await using subscription = await subscribe({
          ...{ connection: server.url, publication: "p", dial: sockets.dial },
          slot: { name: `s${at}`, create: true, temporary: true },
          ...{ checkpoint: memoryStore(), signal: abort.signal },
          ...{ snapshot: { chunkBytes: 8_000 }, until: "snapshot" },
        });
        for await (const { kind } of subscription) if (kind === "read") rows++;
      } catch (error) {
        ended = error;
      }
      assertEquals(sockets.open, 0, reason.message);
      // It may be at its end when it is told.
      if (rows < ROWS) assertStrictEquals(ended, reason);
      isOver = steps < at;
    }
    await untilTrue(sql, NO_READER);
  },
  { majors: [18], settings: { max_replication_slots: "200" } },
);

/** Ways in which a consumer leaves after some rows. */
const WAYS: Record<
  string,
  (one: Subscription, abort: AbortController) => Promise<void>
> = {
  "close()": async (subscription) => {
    const events = subscription[Symbol.asyncIterator]();
    await events.next();
    await subscription.close();
  },
  "break": async (subscription) => {
    for await (const { kind } of subscription) if (kind === "read") break;
  },
  "break out of transactions()": async (subscription) => {
    for await (const _ of subscription.transactions()) break;
  },
  "cancel()": async (subscription) => {
    const reader = subscription.readable.getReader();
    await reader.read();
    await reader.cancel();
  },
  "an error of its own": async (subscription) => {
    try {
      for await (const { kind } of subscription) {
        if (kind === "read") throw new Error("on purpose");
      }
    } catch {
      // It is that one.
    }
  },
  "its signal": async (subscription, abort) => {
    try {
      for await (const { kind } of subscription) {
        if (kind === "read") abort.abort();
      }
    } catch {
      // The signal's reason.
    }
  },
};

testOnPostgres(
  "a consumer that leaves within a chunk holds nothing, and gets the chunk again",
  async ({ server, sql }) => {
    await sql(SET_UP);
    const checkpoint = memoryStore();
    const options = {
      ...{ connection: server.url, publication: "p", checkpoint },
      slot: { name: "s", create: true, wait: true },
      snapshot: { chunkBytes: 8_000 },
    };
    for (const [way, leave] of Object.entries(WAYS)) {
      const abort = new AbortController();
      const subscription = await subscribe({
        ...options,
        signal: abort.signal,
      });
      await leave(subscription, abort);
      if (way !== "close()") await subscription.close();
      // The server notices by itself.
      await untilTrue(sql, NO_READER);
    }
    await using follower = await follow(server, {
      checkpoint,
      snapshot: options.snapshot,
    });
    const ids = new Set<Row[string]>();
    for (const event of await follower.copied()) {
      if (event.kind === "read") ids.add(event.newRow["id"]);
    }
    assertEquals([ids.size, follower.rows("t").length], [ROWS, ROWS]);
  },
  { majors: [14, 18] },
);
