import { assert, assertEquals, assertRejects } from "@std/assert";
import {
  subscribe,
  type SubscribeOptions,
  SubscriptionError,
} from "@walbrook/walbrook";
import type { SlotRisk } from "@walbrook/walbrook/subscription";
import {
  type ServerContext,
  testOnOldestAndNewest,
} from "../../helpers/postgres.ts";
import { until } from "../../helpers/until.ts";

const SET_UP = `CREATE TABLE item (id int PRIMARY KEY);
  CREATE PUBLICATION items FOR TABLE item`;
const OPTIONS = {
  slot: { name: "s", create: true },
  publication: "items",
  retry: { initialDelayMs: 10, maxDelayMs: 50 },
} satisfies SubscribeOptions;

async function writeWal(
  sql: ServerContext["sql"],
  segments: number,
): Promise<void> {
  for (let n = 0; n < segments; n++) {
    await sql("SELECT pg_logical_emit_message(false, 'w', 'w')");
    await sql("SELECT pg_switch_wal()");
  }
}

testOnOldestAndNewest(
  "slotGuard estimates when the slot is lost, warns, and counts the lag of a hanging consumer",
  async ({ server, sql }) => {
    await sql(SET_UP);
    const risks: SlotRisk[] = [];
    await using subscription = await subscribe({
      ...{ ...OPTIONS, connection: server.url, acknowledge: "manual" },
      slotGuard: {
        intervalMs: 50,
        warnBelowMs: [1e15],
        onSlotRisk: (risk) => void risks.push(risk),
      },
    });
    assertEquals(subscription.slotState, null);
    await until(() => subscription.slotState !== null);
    await sql("INSERT INTO item VALUES (1)");
    await subscription[Symbol.asyncIterator]().next();
    await writeWal(sql, 2);
    await until(() => subscription.progress.lagBytes! > 8_000_000n);
    await until(() => subscription.progress.lagMs > 0);
    await writeWal(sql, 1);
    await until(() => subscription.slotState!.walBytesPerSecond! > 0);
    await until(() => risks.length > 0);
    const [risk] = risks;
    assertEquals(risk?.reason, "lossNear");
    const { safeBytes, retainedBytes, lossInMs, active, walStatus } = risk!
      .state!;
    assert(safeBytes! > 0n && retainedBytes! > 0n && lossInMs! > 0);
    assertEquals([active, walStatus], [true, "reserved"]);
  },
  { settings: { max_slot_wal_keep_size: "1GB" } },
);

testOnOldestAndNewest(
  "slotGuard knows how far the server is while the link is down",
  async ({ server, sql }) => {
    await sql(SET_UP);
    await using subscription = await subscribe({
      ...{ ...OPTIONS, connection: server.url },
      retry: { initialDelayMs: 600_000, maxDelayMs: 600_000 },
      slotGuard: { intervalMs: 50 },
    });
    const next = subscription[Symbol.asyncIterator]().next();
    await until(() => subscription.slotState?.active === true);
    await sql(`SELECT pg_terminate_backend(${subscription.processId})`);
    await until(() => subscription.status.state === "retrying");
    await writeWal(sql, 2);
    await until(() => subscription.slotState?.active === false);
    await until(() => (subscription.progress.lagBytes ?? 0n) > 8_000_000n);
    assert(subscription.progress.lagMs > 0);
    await subscription.close();
    assertEquals((await next).done, true);
  },
);

testOnOldestAndNewest(
  "slotGuard emits heartbeats into a database that stands still",
  async ({ server, sql }) => {
    await sql(SET_UP);
    await using subscription = await subscribe({
      ...{ ...OPTIONS, connection: server.url },
      slotGuard: { heartbeatMs: 20 },
    });
    for await (const event of subscription) {
      assert(event.kind === "message");
      assertEquals(event.prefix, "walbrook.heartbeat");
      break;
    }
  },
);

testOnOldestAndNewest(
  "slotGuard drops a slot that keeps too much, and the subscription ends with slotDropped",
  async ({ server, sql }) => {
    await sql(SET_UP);
    await using subscription = await subscribe({
      ...{ ...OPTIONS, connection: server.url, acknowledge: "manual" },
      slotGuard: { intervalMs: 50, drop: { aboveBytes: 20_000_000 } },
    });
    const events = subscription[Symbol.asyncIterator]();
    await sql("INSERT INTO item VALUES (1)");
    for (;;) if ((await events.next()).value.kind === "commit") break;
    await writeWal(sql, 3);
    const error = await assertRejects(async () => {
      while (!(await events.next()).done);
    }, SubscriptionError);
    assertEquals(error.reason, "slotDropped");
    assert(error.message.startsWith('Dropped replication slot "s"'));
    assertEquals(
      await sql.value("SELECT count(*) FROM pg_replication_slots"),
      "0",
    );
    assertEquals(subscription.status.state, "closed");
  },
);

testOnOldestAndNewest(
  "slotGuard leaves nothing behind while the server is down, and goes on after that",
  async ({ server, sql }) => {
    await sql(SET_UP);
    await using subscription = await subscribe({
      ...{ ...OPTIONS, connection: server.url },
      slotGuard: { intervalMs: 20 },
    });
    const next = subscription[Symbol.asyncIterator]().next();
    await until(() => subscription.slotState !== null);
    await sql.end();
    await server.stop("immediate");
    await until(() => subscription.status.state === "retrying");
    const before = subscription.slotState!.at;
    await server.start();
    await until(() => subscription.slotState!.at > before);
    await subscription.close();
    assertEquals((await next).done, true);
  },
);
