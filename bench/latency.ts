import { startPostgres } from "../examples/demo/postgres_server.ts";
import { connect, type ReplicationConnection } from "../mod.ts";
import type { Figure } from "./report.ts";
import { type Laboratory, measure } from "./runtimes.ts";

/** How much to measure. */
export interface LatencyOptions {
  /** How many transactions to commit for each client. */
  readonly commits: number;
  /** How many more to commit before, while it connects and its code is compiled. */
  readonly warmUp: number;
}

/** The clients that are measured in each runtime. */
export const LISTENERS: readonly string[] = [
  "walbrook",
  "walbrook, for await",
  "pg-logical-replication",
  "pgwire",
  "postgres",
];
const INTERVAL_MS = 5;

/**
 * Measures how long a single row takes from the sending of its transaction to its
 * event, at 200 transactions a second.
 */
export async function measureLatency(
  { runtimes, folder }: Laboratory,
  { commits, warmUp }: LatencyOptions,
): Promise<Figure[]> {
  await using server = await startPostgres({ major: 18 });
  await using session = await connect(server.url);
  await session.query(
    "CREATE TABLE latency (id bigserial PRIMARY KEY, sent bigint NOT NULL); " +
      "CREATE PUBLICATION latency FOR TABLE latency",
  );
  const figures: Figure[] = [];
  for (const runtime of runtimes) {
    for (const client of LISTENERS) {
      await session.createReplicationSlot("latency", { kind: "logical" });
      const sender = send(session);
      const { latencies } = await measure(runtime, {
        client,
        slot: "latency",
        publication: "latency",
        rows: commits + warmUp,
        server: { host: server.host, port: server.port },
        modules: folder,
        forMs: 0,
        latency: true,
        warmUp,
      }).finally(() => sender.stop());
      await session.dropReplicationSlot("latency", { wait: true });
      const at = (part: number) =>
        latencies[Math.floor(part * latencies.length)] ?? NaN;
      figures.push({
        bench: "e2e",
        workload: "latency",
        runtime: runtime.name,
        client,
        values: { p50: at(0.5), p99: at(0.99) },
      });
    }
  }
  return figures;
}

/** Commits rows that say when they were sent, at a steady rate, until it is stopped. */
function send(
  session: ReplicationConnection,
): { stop(): Promise<void> } {
  let stopped = false;
  async function run(): Promise<void> {
    for (let due = performance.now(); !stopped; due += INTERVAL_MS) {
      const pause = due - performance.now();
      if (pause > 0) await new Promise((done) => setTimeout(done, pause));
      const now = performance.timeOrigin + performance.now();
      await session.query(
        `INSERT INTO latency (sent) VALUES (${Math.round(now * 1000)})`,
      );
    }
  }
  const running = run();
  return {
    async stop() {
      stopped = true;
      await running;
    },
  };
}
