/**
 * One publisher and three workers: a shop's changes go through NATS JetStream to processes
 * that share the work, one of which is killed meanwhile. It starts its own database and NATS
 * server (the program nats-server has to be installed), and ends by itself:
 *
 * ```sh
 * deno run -A examples/nats.ts
 * ```
 *
 * @module
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import process from "node:process";
import { fileURLToPath } from "node:url";
import pg from "pg";
import { jetstream } from "@walbrook/nats";
import { subscribe } from "@walbrook/walbrook";
import { keyText, type RowEvent, toJson } from "@walbrook/walbrook/encode";
import { deliver, type DeliveredEvent } from "@walbrook/walbrook/sink";
import { NatsServer } from "./demo/nats_server.ts";
import { startShopDatabase } from "./demo/shop_database.ts";
import { COPY } from "./nats/worker.ts";

const TABLES = ["customers", "products", "orders", "carts"];

// The workers find the row by the same text as the publisher.
function encode(event: DeliveredEvent): string {
  const subject = "relation" in event ? keyText(event as RowEvent) : null;
  return `{"subject":${JSON.stringify(subject)},${toJson(event).slice(1)}`;
}

// A worker ends when its standard input ends: together with this program, however that ends.
function startWorker(name: string, ...urls: string[]): ChildProcess {
  const script = fileURLToPath(new URL("./nats/worker.ts", import.meta.url));
  const run = "Deno" in globalThis ? ["run", "-A", "--no-check"] : [];
  return spawn(process.execPath, [...run, script, name, ...urls], {
    stdio: ["pipe", "ignore", "inherit"],
  });
}

async function until(isSo: () => Promise<boolean>): Promise<void> {
  while (!await isSo()) await new Promise((resolve) => setTimeout(resolve, 50));
}

async function main(): Promise<void> {
  console.log("Starting a demo database and a NATS server …");
  await using nats = await NatsServer.start();
  await using shop = await startShopDatabase();
  const source = new pg.Client({ connectionString: shop.url });
  await source.connect();
  await source.query("CREATE DATABASE copy");
  const copyUrl = new URL(shop.url);
  copyUrl.pathname = "/copy";
  const copy = new pg.Client({ connectionString: copyUrl.href });
  await copy.connect();
  await copy.query(COPY);
  const workers = ["a", "b", "c"].map((name) =>
    startWorker(name, copyUrl.href, nats.url)
  );
  const subscription = await subscribe({
    connection: shop.url,
    slot: { name: "publisher", create: true, temporary: true },
    publication: shop.publication,
    acknowledge: "manual",
    snapshot: "initial",
  });
  const sink = deliver(
    subscription,
    jetstream({
      connection: { servers: nats.url },
      ...{ stream: "CDC", create: {}, encode },
    }),
  );
  void shop.open().catch(() => {});

  const workersOf = async () => {
    const { rows } = await copy.query(
      "SELECT worker, count(*)::int AS n FROM documents GROUP BY worker ORDER BY worker",
    );
    return rows as { worker: string; n: number }[];
  };
  let written: { worker: string; n: number }[] = [];
  await until(async () => (written = await workersOf()).length === 3);
  for (const { worker, n } of written) {
    console.log(`Worker ${worker} has written ${n} rows`);
  }
  workers[0]!.kill("SIGKILL");
  console.log("Killed worker a: the others take its partitions");
  // Customers that the shop inserts in the meantime are not waited for.
  const { rows: renamed } = await source.query(
    "UPDATE customers SET name = name || '!' RETURNING id",
  );
  const keys = renamed.map(({ id }: { id: number }) =>
    `public.customers/${id}`
  );
  await until(async () => {
    const { rows } = await copy.query(
      "SELECT FROM documents WHERE key = ANY($1) AND row->>'name' LIKE '%!' AND worker <> 'a'",
      [keys],
    );
    return rows.length === keys.length;
  });

  // Nothing changes while both are compared.
  await source.query("BEGIN");
  await source.query(`LOCK TABLE ${TABLES.join(", ")} IN EXCLUSIVE MODE`);
  const count = async () => {
    const counts = TABLES.map((table) => `(SELECT count(*) FROM ${table})`);
    const { rows } = await source.query(
      `SELECT (${counts.join(" + ")})::int AS n`,
    );
    return rows[0].n as number;
  };
  const wanted = await count();
  await until(async () => {
    const { rows } = await copy.query(
      "SELECT count(*)::int AS n FROM documents",
    );
    return rows[0].n === wanted;
  });
  console.log(`The copy has all ${wanted} rows of the shop`);
  await source.query("ROLLBACK");
  await sink.close();
  const ended = workers.slice(1).map((worker) => once(worker, "exit"));
  for (const worker of workers) worker.stdin?.end();
  await Promise.all(ended);
  await copy.end();
  await source.end();
}

if (import.meta.main) await main();
