import { startPostgres } from "../examples/demo/postgres_server.ts";
import { connect, type ReplicationConnection } from "../src/replication_mod.ts";
import type { Figure } from "./report.ts";
import { type Laboratory, measure, type Runtime } from "./runtimes.ts";

/** How much to measure. */
export interface LatencyOptions {
  /** How many transactions to commit for each client. */
  readonly commits: number;
  /** How many more to commit before, while it connects and its code is compiled. */
  readonly warmUp: number;
}

/** The clients that are measured in each runtime, two at a time. */
export const PAIRS: readonly (readonly [string, string])[] = [
  ["walbrook", "pg-logical-replication"],
  ["walbrook", "pgwire"],
  ["walbrook", "postgres"],
  ["walbrook, for await", "pg-logical-replication"],
  ["walbrook, for await", "pgwire"],
  ["walbrook, for await", "postgres"],
];
const INTERVAL_MS = 5;
// In strict turns the second would have 3 % less than the first.
const TURNS = [0, 1, 1, 0];

/**
 * Measures how long a single row takes from the sending of its transaction to its
 * event, at 200 transactions a second.
 *
 * Of one run to the next the time that a server takes to write and to wake up differs by
 * more than clients do. So two of them are connected at once, and the transactions go
 * to the one and to the other in turn.
 */
export async function measureLatency(
  { runtimes, folder }: Laboratory,
  options: LatencyOptions,
): Promise<Figure[]> {
  await using server = await startPostgres({ major: 18 });
  await using session = await connect(server.url);
  await session.query("SET search_path = public");
  const { host, port } = server;
  const figures: Figure[] = [];
  for (const runtime of runtimes) {
    for (const pair of PAIRS) {
      const [ours = [], others = []] = await measurePair(session, {
        pair,
        runtime,
        modules: folder,
        server: { host, port },
        ...options,
      });
      figures.push({
        bench: "e2e",
        workload: "latency",
        runtime: runtime.name,
        client: pair.join(" : "),
        values: {
          p50: at(ours, 0.5),
          p99: at(ours, 0.99),
          otherP50: at(others, 0.5),
          otherP99: at(others, 0.99),
        },
      });
    }
  }
  return figures;
}

/** Writes the latencies of a pair, and their ratios. */
export function showLatency(
  { p50 = NaN, p99 = NaN, otherP50 = NaN, otherP99 = NaN }: Figure["values"],
): string {
  const ratios = [p50 / otherP50, p99 / otherP99].map((one) => one.toFixed(2));
  return `${p50} / ${p99} : ${otherP50} / ${otherP99} (${
    ratios.join(" / ")
  } ×)`;
}

interface PairOptions extends LatencyOptions {
  readonly pair: readonly [string, string];
  readonly runtime: Runtime;
  readonly server: { readonly host: string; readonly port: number };
  readonly modules: string;
}

async function measurePair(
  session: ReplicationConnection,
  { pair, runtime, server, modules, commits, warmUp }: PairOptions,
): Promise<(readonly number[])[]> {
  const names = pair.map((_, place) => `latency_${place}`);
  for (const name of names) {
    await session.query(
      `CREATE TABLE ${name} (id bigserial PRIMARY KEY, sent bigint NOT NULL);
      CREATE PUBLICATION ${name} FOR TABLE ${name}`,
    );
    await session.createReplicationSlot(name, { kind: "logical" });
  }
  const sender = send(session, names);
  // Should one of them fail, the other still gets all its rows, and ends.
  const outcomes = await Promise.allSettled(
    names.map((name, place) =>
      measure(runtime, {
        client: pair[place]!,
        slot: name,
        publication: name,
        rows: commits + warmUp,
        server,
        modules,
        forMs: 0,
        latency: true,
        warmUp,
      })
    ),
  );
  await sender.stop();
  for (const name of names) {
    await session.dropReplicationSlot(name, { wait: true });
    await session.query(`DROP PUBLICATION ${name}; DROP TABLE ${name}`);
  }
  return outcomes.map((outcome) => {
    if (outcome.status === "rejected") throw outcome.reason;
    return outcome.value.latencies;
  });
}

// Of the sorted times the one below which such a part of them lies.
function at(latencies: readonly number[], part: number): number {
  return latencies[Math.floor(part * latencies.length)] ?? NaN;
}

/**
 * Commits rows that say when they were sent, at a steady rate, to the one table and the
 * other, until it is stopped.
 */
function send(
  session: ReplicationConnection,
  tables: readonly string[],
): { stop(): Promise<void> } {
  let stopped = false;
  const interval = INTERVAL_MS / tables.length;
  async function run(): Promise<void> {
    let due = performance.now();
    for (let count = 0; !stopped; count++, due += interval) {
      const pause = due - performance.now();
      if (pause > 0) await new Promise((done) => setTimeout(done, pause));
      const now = performance.timeOrigin + performance.now();
      await session.query(
        `INSERT INTO ${tables[TURNS[count % TURNS.length]!]} (sent) VALUES (${
          Math.round(now * 1000)
        })`,
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
