// The programs of bench/scale.ts, each a process:
//
//   deno run -A bench/scale/program.ts drain URL SLOT PUBLICATION LANES DELAY_MS
//   deno run -A bench/scale/program.ts worker COPY_URL NATS_URL
//   deno run -A bench/scale/program.ts readers NATS_URL COUNT MESSAGES
import pg from "pg";
import { consumePartitions, postgresPartitions } from "@walbrook/nats";
import { subscribe } from "@walbrook/walbrook";
import { deliver } from "@walbrook/walbrook/sink";
import { openConnection } from "../../packages/nats/src/connect.ts";

const [kind = "", ...args] = Deno.args;

/** Prints an amount of work with its start and end, in milliseconds since 1970-01-01 UTC. */
function report(start: number, count: number): void {
  console.log(JSON.stringify({ start, end: Date.now(), count }));
}

async function drain(
  [url = "", slot = "", publication = "", lanes = "1", delayMs = "0"]:
    readonly string[],
): Promise<void> {
  const start = Date.now();
  const subscription = await subscribe({
    connection: url,
    ...{ slot, publication },
    acknowledge: "manual",
    until: "now",
  });
  let count = 0;
  await deliver(subscription, {
    name: "slow",
    async write(batch) {
      count += batch.length;
      if (delayMs === "0") return;
      await new Promise((resolve) => setTimeout(resolve, Number(delayMs)));
    },
  }, { lanes: Number(lanes), batch: { items: 100 } }).done;
  report(start, count);
}

// Applies changes until the process is ended.
function work([copyUrl = "", servers = ""]: readonly string[]): void {
  const pool = new pg.Pool({ connectionString: copyUrl });
  consumePartitions({
    connection: { servers },
    stream: "CDC",
    // Each message has 100 rows.
    maxMessages: 20,
    onError: (error) => console.error(error),
    target: postgresPartitions(pool, async (client, changes) => {
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

// Opens connections, each of which reads every message.
async function read(
  [servers = "", count = "1", messages = "1"]: readonly string[],
): Promise<void> {
  let start = 0;
  let received = 0;
  const connections = await Promise.all(
    Array.from(
      { length: Number(count) },
      () => openConnection({ connection: { servers } }, {}),
    ),
  );
  const all = Number(count) * Number(messages);
  await new Promise<void>((resolve) => {
    for (const connection of connections) {
      connection.subscribe("bench.>", {
        callback() {
          if (received === 0) start = Date.now();
          if (++received === all) resolve();
        },
      });
    }
    void Promise.all(connections.map((one) => one.flush()))
      .then(() => console.log("ready"));
  });
  report(start, received);
  await Promise.all(connections.map((one) => one.close()));
}

if (kind === "drain") await drain(args);
else if (kind === "worker") work(args);
else await read(args);
