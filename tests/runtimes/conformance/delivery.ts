import type { ReplicationEvent } from "../../../mod.ts";
import {
  DebeziumEncoder,
  toCloudEvent,
  toJson,
} from "../../../src/encode/mod.ts";
import { deliver, type Delivery } from "../../../src/sink/mod.ts";
import { changedOnly, filter } from "../../../src/stages/mod.ts";
import { webhook } from "../../../src/webhook/mod.ts";
import type { Case, Context } from "./context.ts";
import { expectSame } from "./expect.ts";
import { PublishedTable } from "./table.ts";

/** Changes on their way to somewhere else. */
export const DELIVERY: readonly Case[] = [
  { capability: "Delivery to an unreliable destination", run: deliverSurely },
  { capability: "Encoders and signed webhooks", run: sendWebhooks },
];

async function deliverSurely(context: Context): Promise<void> {
  await PublishedTable.with(context, "deliver", async (table) => {
    const { name } = table;
    await table.sql(
      `INSERT INTO ${name} SELECT g, 'a' FROM generate_series(1, 200) g; UPDATE ${name} SET body = 'b'; DELETE FROM ${name} WHERE id > 150; UPDATE ${name} SET id = id + 1000 WHERE id <= 3`,
    );
    const rows = new Map<string, unknown>();
    let writes = 0;
    const destination = {
      name: "table",
      write(batch: readonly Delivery[]): Promise<void> {
        if (++writes % 3 === 0) return Promise.reject(new Error("503"));
        for (const { event, key } of batch) apply(rows, event, key!);
        return Promise.resolve();
      },
    };
    const sink = deliver(
      await table.subscribe({ until: "now", acknowledge: "manual" }),
      destination,
      {
        lanes: 3,
        batch: { items: 10 },
        retry: { initialDelayMs: 1 },
        stages: [filter(() => true), changedOnly({})],
      },
    );
    await sink.done;
    expectSame(rows.size, 150);
    expectSame(rows.get(`public.${name}/1002`), "b");
    expectSame(sink.report().destinations[0]!.pending, 0);
    expectSame(await table.insertedIds(), []);
  });
}

function apply(
  rows: Map<string, unknown>,
  event: Delivery["event"],
  key: string,
): void {
  if (event.kind === "delete") rows.delete(key);
  if (event.kind === "update" && event.key!["id"] !== event.newRow["id"]) {
    rows.delete(key.replace(/\d+$/, `${event.key!["id"]}`));
  }
  if ("newRow" in event) rows.set(key, event.newRow["body"]);
}

async function sendWebhooks(context: Context): Promise<void> {
  await PublishedTable.with(context, "webhook", async (table) => {
    await table.sql(`INSERT INTO ${table.name} VALUES (1, 'é')`);
    const requests: Request[] = [];
    const subscription = await table.subscribe({
      until: "now",
      acknowledge: "manual",
    });
    const hook = webhook({
      url: "https://hooks.example/",
      secret: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
      encode: (event) => JSON.stringify(encodings(event)),
      fetch: (request) => {
        requests.push(request);
        return Promise.resolve(new Response(null, { status: 204 }));
      },
    });
    await deliver(subscription, hook).done;
    expectSame(requests.length, 1);
    const { headers } = requests[0]!;
    expectSame(
      /^v1,[\w+/]{43}=$/.test(headers.get("webhook-signature")!),
      true,
    );
    const [json, cloud, debezium] = await requests[0]!.json();
    expectSame(json.newRow, { id: 1, body: "é" });
    expectSame(cloud.id, headers.get("webhook-id"));
    expectSame(debezium.op, "c");
  });
}

function encodings(event: ReplicationEvent): unknown[] {
  const encoder = new DebeziumEncoder({ topicPrefix: "t", database: "d" });
  return [
    toJson(event),
    toCloudEvent(event, { source: "test" })!,
    encoder.encode(event)[0]!.value!,
  ].map((text) => JSON.parse(text));
}
