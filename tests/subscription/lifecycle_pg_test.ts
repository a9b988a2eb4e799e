import { assert, assertEquals, assertRejects } from "@std/assert";
import {
  parseLsn,
  type ReplicationEvent,
  subscribe,
  type SubscribeOptions,
  type Subscription,
} from "@walbrook/walbrook";
import { connectSql, testOnPostgres } from "../helpers/postgres.ts";
import { untilTrue } from "../helpers/until_true.ts";

const NO_WALSENDER = "SELECT count(*) = 0 FROM pg_stat_activity " +
  "WHERE backend_type = 'walsender'";

async function ids(subscription: Subscription): Promise<unknown[]> {
  const found: unknown[] = [];
  for await (const event of subscription) {
    if (event.kind === "insert") found.push(event.newRow["id"]);
  }
  return found;
}

testOnPostgres(
  "subscribe() ends when it is to, and leaves nothing behind",
  async ({ server, sql }, t) => {
    await sql(
      "CREATE TABLE item (id int, body text); CREATE PUBLICATION items FOR TABLE item",
    );
    const open = (options: Partial<SubscribeOptions> = {}) =>
      subscribe({
        connection: server.url,
        slot: "s",
        publication: "items",
        retry: false,
        ...options,
      });
    const setUp = async () => {
      await sql(
        "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots",
      );
      await sql("SELECT pg_create_logical_replication_slot('s', 'pgoutput')");
    };
    const step = (name: string, run: () => Promise<void>) =>
      t.step(name, async () => {
        await setUp();
        await run();
        // Not a moment later: whoever closed a subscription may drop its slot.
        assertEquals(
          await sql.value(
            "SELECT count(*) FROM pg_replication_slots WHERE active",
          ),
          "0",
        );
        await untilTrue(sql, NO_WALSENDER);
      });

    await step(
      "until: a position that has passed, or the present, with nothing to deliver",
      async () => {
        assertEquals(await ids(await open({ until: "now" })), []);
        assertEquals(await ids(await open({ until: parseLsn("0/1") })), []);
      },
    );

    await step("until: a position", async () => {
      await sql("INSERT INTO item VALUES (1)");
      await sql("INSERT INTO item VALUES (2)");
      const between = await sql.value("SELECT pg_current_wal_insert_lsn()");
      await sql("INSERT INTO item VALUES (3)");
      await using subscription = await open({ until: parseLsn(between ?? "") });
      assertEquals(await ids(subscription), [1, 2]);
      assertEquals(await ids(await open({ until: "now" })), [3]);
    });

    await step(
      "until: a position that the server has not written yet",
      async () => {
        const now = parseLsn(
          await sql.value("SELECT pg_current_wal_lsn()") ?? "",
        );
        await using subscription = await open({
          until: (now + 5_000n) as typeof now,
        });
        const found = ids(subscription);
        await sql("INSERT INTO item VALUES (1)");
        await sql("SELECT pg_switch_wal()");
        assertEquals(await found, [1]);
      },
    );

    await step(
      "signal: aborted before, while waiting and while events come",
      async () => {
        const reason = new Error("Changed my mind");
        const before = await assertRejects(() =>
          open({ signal: AbortSignal.abort(reason) })
        );
        assert(before === reason);

        const whileWaiting = new AbortController();
        const waiting = await open({ signal: whileWaiting.signal });
        const next = waiting[Symbol.asyncIterator]().next();
        whileWaiting.abort(reason);
        assert(await assertRejects(() => next) === reason);
        await waiting.close();

        await sql(
          "INSERT INTO item SELECT g, repeat('x', 500) FROM generate_series(1, 20000) g",
        );
        for (const view of ["readable", "batches", "iterate"] as const) {
          const stop = new AbortController();
          const streaming = await open({ signal: stop.signal });
          let count = 0;
          const error = await assertRejects(async () => {
            const events: AsyncIterable<unknown> = view === "iterate"
              ? streaming
              : streaming[view];
            for await (const _event of events) {
              if (++count === 3) stop.abort(reason);
            }
          });
          assert(error === reason, view);
          await streaming.close();
        }
      },
    );

    await step(
      "signal: aborted at any moment while subscribe() is under way",
      async () => {
        const reason = new Error("Changed my mind");
        const start = performance.now();
        await (await open()).close();
        const took = performance.now() - start;
        for (let i = 0; i < 20; i++) {
          // A server that is being asked may not know yet that the one before has left.
          await untilTrue(
            sql,
            "NOT EXISTS (SELECT FROM pg_replication_slots WHERE active)",
          );
          const stop = new AbortController();
          const timer = setTimeout(() => stop.abort(reason), took * i / 20);
          try {
            await using _opened = await open({
              signal: stop.signal,
            });
          } catch (error) {
            assert(error === reason);
          }
          clearTimeout(timer);
        }
        await untilTrue(sql, NO_WALSENDER);
      },
    );

    await step(
      "signal: aborted while the server waits for others before it makes the slot",
      async () => {
        await sql("SELECT pg_drop_replication_slot('s')");
        await using late = connectSql(server.url);
        await late("BEGIN; INSERT INTO item VALUES (1)");
        await assertRejects(
          () =>
            open({
              slot: { name: "s", create: true },
              signal: AbortSignal.timeout(300),
            }),
          DOMException,
        );
        await untilTrue(sql, "SELECT count(*) = 0 FROM pg_replication_slots");
        await late("COMMIT");
      },
    );

    await step("leaving the loop at any event", async () => {
      for (let i = 1; i <= 30; i++) {
        await sql(
          `INSERT INTO item SELECT ${i}, repeat('x', 100) FROM generate_series(1, 200)`,
        );
      }
      for (let i = 0; i < 50; i++) {
        const leaveAt = i * 7919 % 1000;
        let count = 0;
        for await (const _event of await open({ acknowledge: "manual" })) {
          if (count++ === leaveAt) break;
        }
        assertEquals(
          await sql.value("SELECT active FROM pg_replication_slots"),
          "f",
          `after ${leaveAt} events`,
        );
      }
    });

    await step("close() while the consumer waits, and again", async () => {
      for (const view of ["readable", "batches", "iterate"] as const) {
        const subscription = await open();
        const events = view === "iterate"
          ? subscription[Symbol.asyncIterator]()
          : (subscription[view] as ReadableStream<unknown>)
            [Symbol.asyncIterator]();
        const waiting = events.next();
        await Promise.all([subscription.close(), subscription.close()]);
        assertEquals((await waiting).done, true, view);
        assertEquals((await events.next()).done, true, view);
        await subscription[Symbol.asyncDispose]();
      }
    });

    await step("close() in the middle of a huge transaction", async () => {
      await sql(
        "INSERT INTO item SELECT g, repeat('x', 1000) FROM generate_series(1, 100000) g",
      );
      const subscription = await open();
      const events = subscription[Symbol.asyncIterator]();
      for (let i = 0; i < 10; i++) await events.next();
      await subscription.close();
      // It was not consumed, so it comes again.
      await untilTrue(sql, NO_WALSENDER);
      const again = await open();
      const [first] = await firstEvents(again, 1);
      assertEquals(first?.kind, "begin");
      await again.close();
      await untilTrue(sql, NO_WALSENDER);
      await sql("TRUNCATE item");
    });

    await step("cancelling a view", async () => {
      await sql("INSERT INTO item VALUES (1)");
      for (const view of ["readable", "batches"] as const) {
        const subscription = await open();
        const reader = (subscription[view] as ReadableStream<unknown>)
          .getReader();
        await reader.read();
        await reader.cancel();
        assertEquals((await reader.read()).done, true);
      }
      assertEquals(await ids(await open({ until: "now" })), [1]);
    });

    await step("a temporary slot ends with the subscription", async () => {
      await sql("SELECT pg_drop_replication_slot('s')");
      const subscription = await open({
        slot: { name: "passing", create: true, temporary: true },
      });
      assertEquals(
        await sql.value("SELECT temporary FROM pg_replication_slots"),
        "t",
      );
      const first = firstEvents(subscription, 1);
      await sql("INSERT INTO item VALUES (1)");
      assertEquals((await first)[0]?.kind, "begin");
      await subscription.close();
      await untilTrue(sql, "SELECT count(*) = 0 FROM pg_replication_slots");
    });
  },
);

async function firstEvents(
  subscription: Subscription,
  count: number,
): Promise<ReplicationEvent[]> {
  const events = subscription[Symbol.asyncIterator]();
  const found: ReplicationEvent[] = [];
  while (found.length < count) {
    const { done, value } = await events.next();
    if (done) break;
    found.push(value);
  }
  return found;
}
