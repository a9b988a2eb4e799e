import type { ReplicationEvent, Subscription } from "../../../mod.ts";
import type { Case } from "./context.ts";
import { eventually, expect, expectSame } from "./expect.ts";
import { PublishedTable } from "./table.ts";

const BIG_LENGTH = 8 * 2 ** 20;

/** Following, acknowledging, resuming, reconnecting. */
export const FOLLOWING: readonly Case[] = [
  {
    capability: "Follow a slot, and acknowledge consumed changes",
    run: (context) =>
      PublishedTable.with(context, "follow", async (table) => {
        await table.sql(`INSERT INTO ${table.name} VALUES (1, 'ä'), (2, NULL)`);
        await table.sql(`UPDATE ${table.name} SET body = '€' WHERE id = 2`);
        await table.sql(`DELETE FROM ${table.name} WHERE id = 1`);
        const events: unknown[] = [];
        const subscription = await table.subscribe({ until: "now" });
        for await (const event of subscription) events.push(summaryOf(event));
        expectSame(events, [
          ["begin"],
          ["relation"],
          ["insert", { id: 1, body: "ä" }],
          ["insert", { id: 2, body: null }],
          ["commit"],
          ["begin"],
          ["update", { id: 2, body: "€" }],
          ["commit"],
          ["begin"],
          ["delete", { id: 1 }],
          ["commit"],
        ]);
        expectSame(await table.insertedIds(), []);
      }),
  },
  {
    capability: "Resume after the last acknowledgement",
    run: (context) =>
      PublishedTable.with(context, "resume", async (table) => {
        const ids = Array.from({ length: 50 }, (_, i) => i + 1);
        for (const id of ids) {
          await table.sql(`INSERT INTO ${table.name} VALUES (${id})`);
        }
        const subscription = await table.subscribe({ acknowledge: "manual" });
        await acknowledgeOne(subscription);
        await table.untilFree();
        expectSame(await table.insertedIds(), ids.slice(1));
      }),
  },
  {
    capability: "Reconnect after a broken connection",
    run: (context) =>
      PublishedTable.with(context, "reconnect", async (table) => {
        const subscription = await table.subscribe({
          retry: { initialDelayMs: 10 },
        });
        const ids: unknown[] = [];
        await table.sql(`INSERT INTO ${table.name} VALUES (1)`);
        for await (const event of subscription) {
          if (event.kind === "insert") ids.push(event.newRow["id"]);
          if (event.kind !== "commit") continue;
          if (ids.length === 2) break;
          await table.sql(
            `SELECT pg_terminate_backend(active_pid) FROM pg_replication_slots WHERE slot_name = '${table.name}'`,
          );
          await table.sql(`INSERT INTO ${table.name} VALUES (2)`);
        }
        expectSame(ids, [1, 2]);
      }),
  },
  {
    capability: "Rows of 8 MiB",
    run: (context) =>
      PublishedTable.with(context, "big", async (table) => {
        await table.sql(
          `INSERT INTO ${table.name} SELECT g, repeat('0123456789abcdé', ${
            BIG_LENGTH / 16
          }) FROM generate_series(1, 2) g`,
        );
        const bodies: string[] = [];
        const subscription = await table.subscribe({ until: "now" });
        for await (const event of subscription) {
          if (event.kind === "insert") {
            bodies.push(String(event.newRow["body"]));
          }
        }
        const expected = "0123456789abcdé".repeat(BIG_LENGTH / 16);
        expectSame(bodies.map((body) => body === expected), [true, true]);
      }),
  },
  {
    capability: "Pipe through the runtime's native streams",
    run: (context) =>
      PublishedTable.with(context, "pipe", async (table) => {
        await table.sql(
          `INSERT INTO ${table.name} SELECT generate_series(1, 1000)`,
        );
        const subscription = await table.subscribe({
          until: "now",
          acknowledge: "manual",
        });
        let ids = 0;
        await subscription.readable
          .pipeThrough(
            new TransformStream<ReplicationEvent, ReplicationEvent>(),
          )
          .pipeTo(
            new WritableStream({
              write(event) {
                if (event.kind === "insert") ids++;
                if (event.kind === "commit") subscription.acknowledge(event);
              },
            }),
          );
        expectSame(ids, 1000);
        await table.untilFree();
        expectSame(await table.insertedIds(), []);
      }),
  },
  {
    capability: "Release everything: close(), break, await using",
    run: (context) =>
      PublishedTable.with(context, "disposal", async (table) => {
        await table.sql(`INSERT INTO ${table.name} VALUES (1)`);
        await (await table.subscribe()).close();
        const left = await table.subscribe();
        for await (const event of left) if (event.kind === "insert") break;
        await (await table.subscribe())[Symbol.asyncDispose]();
        await table.untilFree();
        await eventually(async () => {
          const [slot] = await table.sql(
            `SELECT active FROM pg_replication_slots WHERE slot_name = '${table.name}'`,
          );
          return slot?.[0] === "f";
        }, "the slot is still in use");
        // Nothing was consumed to the end, so it comes again.
        expectSame(await table.insertedIds(), [1]);
      }),
  },
];

async function acknowledgeOne(subscription: Subscription): Promise<void> {
  for await (const event of subscription) {
    if (event.kind !== "commit") continue;
    expect(event.transaction.xid > 0, "a transaction without a number");
    subscription.acknowledge(event);
    break;
  }
}

function summaryOf(event: ReplicationEvent): unknown {
  switch (event.kind) {
    case "insert":
    case "update":
      return [event.kind, event.newRow];
    case "delete":
      return [event.kind, event.key];
    default:
      return [event.kind];
  }
}
