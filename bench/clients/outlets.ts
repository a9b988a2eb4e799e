import type { ReplicationEvent } from "../../mod.ts";
import type * as encode from "../../src/encode/mod.ts";
import type * as sink from "../../src/sink/mod.ts";
import type { Client, Run } from "./client.ts";
import { count, serverOptions } from "./walbrook.ts";

type Encode = (event: ReplicationEvent) => unknown;

/** The forms in which events are written, by the names that the tables show. */
export const ENCODERS: Readonly<
  Record<string, (parts: typeof encode) => Encode>
> = {
  "walbrook, NDJSON": ({ toNdjson }) => toNdjson,
  "walbrook, Debezium": ({ DebeziumEncoder }) => {
    const encoder = new DebeziumEncoder({
      topicPrefix: "shop",
      database: "shop",
    });
    return (event) => encoder.encode(event);
  },
  "walbrook, CloudEvents": ({ toCloudEvent }) => {
    const options = { source: "postgres://shop/1" };
    return (event) => toCloudEvent(event, options);
  },
};

/** Walbrook in batches, with each event written in a form for outside. */
export function encoding(name: string): Client {
  return async (run) => {
    const parts = await run.part("src/encode/mod.ts") as typeof encode;
    const write = ENCODERS[name]!(parts);
    const subscription = await subscribe(run, "consumed");
    try {
      for await (const events of subscription.batches) {
        for (const event of events) {
          write(event);
          count(event, run.rows);
        }
        if (run.rows.isDone) return;
      }
    } finally {
      await subscription.close();
    }
  };
}

/** Walbrook by `deliver()`, to a destination that forgets everything at once. */
export async function delivering(run: Run): Promise<void> {
  const { deliver } = await run.part("src/sink/mod.ts") as typeof sink;
  const subscription = await subscribe(run, "manual");
  const delivery = deliver(subscription, {
    name: "nothing",
    write(batch) {
      for (const { event } of batch) count(event, run.rows);
      return Promise.resolve();
    },
  });
  await Promise.race([run.rows.done, delivery.done]);
  await delivery.close();
}

async function subscribe(run: Run, acknowledge: "consumed" | "manual") {
  return await run.library.subscribe({
    ...serverOptions(run),
    slot: run.slot,
    publication: run.publication,
    acknowledge,
  });
}
