/**
 * Measures each step of docs/scale.md on one machine: one process, lanes, several slots,
 * encoders, JetStream with workers, Kafka, and many readers. It starts its own servers.
 *
 * ```sh
 * deno task bench:scale
 * deno task bench:scale --only slots,lanes --rows 100000
 * ```
 *
 * @module
 */
import { cpuUsage } from "node:process";
import { parseArgs } from "@std/cli/parse-args";
import pg from "pg";
import { jsonRecords, kafka } from "@walbrook/kafka";
import { jetstream } from "@walbrook/nats";
import type { ReplicationEvent } from "@walbrook/walbrook";
import {
  DebeziumEncoder,
  toCloudEvent,
  toJson,
} from "@walbrook/walbrook/encode";
import { deliver } from "@walbrook/walbrook/sink";
import { findNatsServer, NatsServer } from "../examples/demo/nats_server.ts";
import {
  type PostgresServer,
  startPostgres,
} from "../examples/demo/postgres_server.ts";
import { openConnection } from "../packages/nats/src/connect.ts";
import {
  HAS_LIBRDKAFKA,
  MockCluster,
} from "../packages/kafka/tests/mock_cluster.ts";
import { memorySource } from "./scale/memory_source.ts";
import {
  linesOf,
  rateOf,
  readReport,
  startProgram,
} from "./scale/processes.ts";

/** A measurement of a step. */
type Figure = readonly [what: string, rate: number, unit: string];

const TABLES = 4;

/** Creates slots, and writes rows into four tables as a backlog for each slot. */
async function backlog(
  server: PostgresServer,
  slots: readonly string[],
  rows: number,
): Promise<void> {
  const client = new pg.Client({ connectionString: server.url });
  await client.connect();
  const tables = Array.from({ length: TABLES }, (_, i) => `t${i}`);
  for (const table of tables) {
    await client.query(
      `CREATE TABLE ${table} (id int8 PRIMARY KEY, a int4, b text, c timestamptz, d numeric, e bool, f text)`,
    );
  }
  for (const count of [1, 2, 4]) {
    for (let i = 0; i < count; i++) {
      const share = tables.filter((_, at) => at % count === i);
      await client.query(
        `CREATE PUBLICATION p${count}_${i} FOR TABLE ${share.join(", ")}`,
      );
    }
  }
  for (const slot of slots) {
    await client.query(
      "SELECT pg_create_logical_replication_slot($1, 'pgoutput')",
      [slot],
    );
  }
  for (let from = 1; from <= rows / TABLES; from += 1_000) {
    for (const table of tables) {
      await client.query(
        `INSERT INTO ${table} SELECT i, i % 1000, 'text ' || i, now(), i * 1.5, i % 2 = 0, md5(i::text)
           FROM generate_series(${from}, ${from + 999}) AS i`,
      );
    }
  }
  await client.end();
}

async function slots(rows: number): Promise<Figure[]> {
  await using server = await startPostgres({ major: 18 });
  const counts = [1, 2, 4];
  const names = (count: number) =>
    Array.from({ length: count }, (_, i) => `slots_${count}_${i}`);
  await backlog(server, counts.flatMap(names), rows);
  const figures: Figure[] = [];
  for (const count of counts) {
    const programs = names(count).map((slot, i) =>
      ["drain", server.url, slot, `p${count}_${i}`, "16", "0"] as const
    );
    figures.push([
      `${count} ${count === 1 ? "slot and process" : "slots and processes"}`,
      await rateOf(programs),
      "rows/s",
    ]);
  }
  return figures;
}

async function lanes(rows: number): Promise<Figure[]> {
  await using server = await startPostgres({ major: 18 });
  const counts = [1, 4, 16, 64];
  const slots = counts.map((count) => `lanes_${count}`);
  // Fewer rows, since a single lane is slow.
  await backlog(server, slots, rows / 4);
  const figures: Figure[] = [];
  for (const count of counts) {
    const program = ["drain", server.url, `lanes_${count}`, "p1_0"];
    figures.push([
      `${count} ${count === 1 ? "lane" : "lanes"}, 20 ms for a batch of 100`,
      await rateOf([[...program, `${count}`, "20"]]),
      "rows/s",
    ]);
  }
  return figures;
}

async function publish(url: string, rows: number): Promise<number> {
  const start = performance.now();
  await deliver(
    memorySource(rows),
    jetstream({
      connection: { servers: url },
      ...{ stream: "CDC", create: {}, rowsPerMessage: 100 },
    }),
  ).done;
  return rows / (performance.now() - start) * 1_000;
}

async function workers(rows: number): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const count of [1, 3]) {
    // A separate server each time, since changes that it has applied are not applied again.
    await using server = await startPostgres({ major: 18 });
    await using nats = await NatsServer.start();
    const published = await publish(nats.url, rows);
    if (count === 1) {
      figures.push(["JetStream, 100 rows a message", published, "rows/s"]);
    }
    const client = new pg.Client({ connectionString: server.url });
    await client.connect();
    await client.query(
      "CREATE TABLE applied (version text PRIMARY KEY, change text)",
    );
    const children = Array.from(
      { length: count },
      () => startProgram(["worker", server.url, nats.url]),
    );
    const ask = async () =>
      Number(
        (await client.query("SELECT count(*) FROM applied")).rows[0].count,
      );
    let start = 0;
    const limit = performance.now() + 120_000;
    for (let found = 0; found < rows;) {
      await new Promise((resolve) => setTimeout(resolve, 50));
      found = await ask();
      if (start === 0 && found > 0) start = performance.now();
      if (performance.now() > limit) {
        throw new Error(`Cannot measure: ${found} of ${rows} rows are applied`);
      }
    }
    const seconds = (performance.now() - start) / 1_000;
    for (const child of children) {
      child.kill("SIGTERM");
      await child.stdout.cancel();
      await child.status;
    }
    await client.end();
    figures.push([
      `${count} ${count === 1 ? "worker" : "workers"}, into PostgreSQL`,
      rows / seconds,
      "rows/s",
    ]);
  }
  return figures;
}

async function toKafka(rows: number): Promise<Figure[]> {
  using cluster = new MockCluster(1, { "shop.public.t": 8 });
  const start = performance.now();
  await deliver(
    memorySource(rows),
    kafka({
      client: { brokers: cluster.brokers },
      records: jsonRecords({ topicPrefix: "shop" }),
    }),
  ).done;
  const rate = rows / (performance.now() - start) * 1_000;
  return [["Kafka (the mock cluster of librdkafka)", rate, "rows/s"]];
}

const READERS = 50;

async function readers(rows: number): Promise<Figure[]> {
  await using nats = await NatsServer.start();
  const messages = Math.ceil(rows / READERS);
  const child = startProgram([
    ...["readers", nats.url, `${READERS}`, `${messages}`],
  ]);
  const lines = linesOf(child)[Symbol.asyncIterator]();
  // The first line says that the readers are connected.
  await lines.next();
  const connection = await openConnection(
    { connection: { servers: nats.url } },
    {},
  );
  const payload = new Uint8Array(300);
  for (let i = 0; i < messages; i++) {
    connection.publish(`bench.${i % 100}`, payload);
    if (i % 100 === 99) await connection.flush();
  }
  await connection.flush();
  const { start, end, count } = await readReport({
    [Symbol.asyncIterator]: () => lines,
  });
  await child.status;
  await connection.close();
  return [[
    `one nats-server to ${READERS} readers of everything, 300 bytes each`,
    count / (end - start) * 1_000,
    "deliveries/s",
  ]];
}

// Measures the cost of encoding an event as text, in one process.
async function encode(rows: number): Promise<Figure[]> {
  const events: ReplicationEvent[] = [];
  for await (const batch of memorySource(Math.min(rows, 100_000)).batches) {
    events.push(...batch);
  }
  const debezium = new DebeziumEncoder({ topicPrefix: "p", database: "d" });
  const encoders: Readonly<
    Record<string, (event: ReplicationEvent) => unknown>
  > = {
    "toJson()": toJson,
    DebeziumEncoder: (event) => debezium.encode(event),
    "toCloudEvent()": (event) =>
      toCloudEvent(event, { source: "postgres://p" }),
  };
  return Object.entries(encoders).map(([name, write]) => {
    // The first round compiles the code, and the last one counts.
    let micros = 0;
    for (let round = 0; round < 4; round++) {
      const { user, system } = cpuUsage();
      for (const event of events) write(event);
      const after = cpuUsage({ user, system });
      micros = (after.user + after.system) / events.length;
    }
    return [`${name}, seven columns`, micros, "µs of processor time an event"];
  });
}

const STEPS: Readonly<Record<string, (rows: number) => Promise<Figure[]>>> = {
  slots,
  lanes,
  encode,
  ...await findNatsServer() === null ? {} : { workers, readers },
  ...HAS_LIBRDKAFKA ? { kafka: toKafka } : {},
};

async function main(): Promise<void> {
  const { rows, only } = parseArgs(Deno.args, {
    string: ["rows", "only"],
    default: { rows: "400000", only: Object.keys(STEPS).join(",") },
  });
  for (const name of only.split(",")) {
    const step = STEPS[name];
    if (step === undefined) {
      console.log(`${name}: there is no such step, or its server is missing`);
      continue;
    }
    for (const [what, rate, unit] of await step(Number(rows))) {
      console.log(
        `${what}: ${Number(rate.toPrecision(2)).toLocaleString("en")} ${unit}`,
      );
    }
  }
}

if (import.meta.main) await main();
