// A program that delivers until it is killed:
//
//   deno run -A tests/chaos/client.ts KIND SOURCE_URL TARGET [NATS_URL]
import { DatabaseSync } from "node:sqlite";
import pg from "pg";
import { jsonRecords, kafka } from "@walbrook/kafka";
import {
  consumePartitions,
  jetstream,
  postgresPartitions,
} from "@walbrook/nats";
import { subscribe } from "@walbrook/walbrook";
import { applyToPostgres, applyToSqlite } from "@walbrook/walbrook/apply";
import { ndjsonFiles } from "@walbrook/walbrook/files";
import { deliver, type Destination } from "@walbrook/walbrook/sink";
import { webhook } from "@walbrook/walbrook/webhook";
import { SECRET } from "./sinks.ts";

/** A client of `pg`, which has no types here. */
interface Emitter {
  on(event: "error", listener: () => void): unknown;
}

function poolOf(connectionString: string) {
  const pool = new pg.Pool({ connectionString });
  pool.on("error", () => {});
  // A connection may be lost before or after it is in use, too.
  pool.on("connect", (client: Emitter) => client.on("error", () => {}));
  return pool;
}

const [kind = "", source = "", target = "", natsUrl = ""] = Deno.args;

function destinationOf(): Destination {
  switch (kind) {
    case "webhook":
      return webhook({ url: target, secret: SECRET, timeoutMs: 2_000 });
    case "files":
      return ndjsonFiles({ folder: target, maxBytes: 100_000 });
    case "sqlite":
      return applyToSqlite(new DatabaseSync(target));
    case "postgres":
      return applyToPostgres(poolOf(target));
    case "kafka":
      return kafka({
        client: { brokers: target.split(",") },
        records: jsonRecords({ topicPrefix: "chaos", tombstones: false }),
      });
    case "nats":
      return jetstream({
        connection: { servers: target },
        ...{ stream: "CDC", create: {} },
      });
  }
  throw new TypeError(`Cannot deliver to ${kind}`);
}

function work(): void {
  const pool = poolOf(target);
  consumePartitions({
    connection: { servers: natsUrl },
    ...{ stream: "CDC", leaseMs: 2_000 },
    target: postgresPartitions(pool, async (client, changes) => {
      // Without a conflict: what is applied twice fails.
      await client.query(
        "INSERT INTO applied SELECT * FROM unnest($1::text[], $2::text[])",
        [
          changes.map(({ version }) => version),
          changes.map(({ text }) => text),
        ],
      );
    }),
  });
}

async function run(): Promise<void> {
  const destination = destinationOf();
  const checkpoint = "checkpoint" in destination
    ? { checkpoint: destination.checkpoint as never }
    : {};
  const subscription = await subscribe({
    connection: source,
    slot: { name: kind, wait: true },
    publication: "chaos",
    acknowledge: "manual",
    retry: { first: true },
    ...checkpoint,
  });
  await deliver(subscription, destination, {
    retry: { initialDelayMs: 20, maxDelayMs: 500 },
    // Small batches: more places at which it can be killed.
    batch: { items: 20 },
  }).done;
}

if (kind === "worker") work();
else await run();
