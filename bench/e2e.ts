/**
 * How fast clients follow a real server, and how soon they deliver a commit. Run it by
 * `deno task bench:e2e`.
 *
 * @module
 */
import {
  type PostgresServer,
  startPostgres,
} from "../examples/demo/postgres_server.ts";
import { connect, type ReplicationConnection } from "../src/replication_mod.ts";
import { BYTES } from "./clients/mod.ts";
import { measureLatency, showLatency } from "./latency.ts";
import { pgRecvlogical } from "./pg_recvlogical.ts";
import type { Outcome } from "./program.ts";
import { publish } from "./publish.ts";
import { median } from "./median.ts";
import { type Figure, makeReport, NATIVE, table } from "./report.ts";
import { type Laboratory, measure, openLaboratory } from "./runtimes.ts";
import type { Sizes } from "./capture.ts";
import { type WorkloadName, WORKLOADS } from "./workloads.ts";

/** How much to measure. */
export interface EndToEndOptions {
  /** How many rows to change in each workload. */
  readonly sizes: Sizes;
  /** How often to run each client. */
  readonly rounds: number;
}

/** The clients that are measured in each runtime: Postgres.js can't follow a slot that exists. */
export const FOLLOWERS: readonly string[] = [
  "walbrook",
  "walbrook, for await",
  "walbrook, readable",
  "pg-logical-replication",
  "pgwire",
  BYTES,
];

interface Contender {
  readonly client: string;
  readonly runtime: string;
  run(slot: string, rows: number): Promise<Outcome>;
}

/** Measures every client in every runtime on every workload, in turn. */
export async function measureEndToEnd(
  laboratory: Laboratory,
  { sizes, rounds }: EndToEndOptions,
): Promise<Figure[]> {
  await using server = await startPostgres({
    major: 18,
    settings: { synchronous_commit: "off", max_wal_size: "16GB" },
  });
  await using session = await connect(server.url);
  await session.query("SET search_path = public");
  const contenders = await findContenders(laboratory, server);
  const figures: Figure[] = [];
  for (const [name, rows] of Object.entries(sizes)) {
    await prepare(session, name as WorkloadName, rows);
    const outcomes = new Map<Contender, Outcome[]>();
    for (let round = 0; round < rounds; round++) {
      for (const contender of contenders) {
        const slot = `${name}_copy`;
        await session.query(
          `SELECT pg_copy_logical_replication_slot('${name}', '${slot}')`,
        );
        const outcome = await contender.run(slot, rows);
        outcomes.set(contender, [...outcomes.get(contender) ?? [], outcome]);
        await session.dropReplicationSlot(slot, { wait: true });
      }
    }
    for (const [{ client, runtime }, all] of outcomes) {
      const values = summarize(all, rows);
      figures.push({ bench: "e2e", workload: name, runtime, client, values });
    }
    await session.dropReplicationSlot(name, { wait: true });
    await session.query(`DROP TABLE ${name}; CHECKPOINT`);
  }
  return figures;
}

async function prepare(
  session: ReplicationConnection,
  name: WorkloadName,
  rows: number,
): Promise<void> {
  await session.query(WORKLOADS[name].setUp);
  await session.query(`CREATE PUBLICATION ${name} FOR TABLE ${name}`);
  await session.createReplicationSlot(name, { kind: "logical" });
  await session.query(WORKLOADS[name].fill(rows));
}

async function findContenders(
  { runtimes, folder }: Laboratory,
  server: PostgresServer,
): Promise<Contender[]> {
  const contenders = runtimes.flatMap((runtime) =>
    FOLLOWERS.map((client): Contender => ({
      client,
      runtime: runtime.name,
      run: (slot, rows) =>
        measure(runtime, {
          client,
          slot,
          publication: slot.replace(/_copy$/, ""),
          rows,
          server: { host: server.host, port: server.port },
          modules: folder,
          forMs: 0,
          latency: false,
          warmUp: 0,
        }),
    }))
  );
  const recvlogical = await pgRecvlogical(server);
  if (recvlogical === null) return contenders;
  return [
    { client: "pg_recvlogical", runtime: NATIVE, run: recvlogical },
    ...contenders,
  ];
}

function summarize(
  outcomes: readonly Outcome[],
  rows: number,
): Record<string, number> {
  const seconds = median(outcomes.map((one) => one.seconds));
  const cpuSeconds = median(outcomes.map((one) => one.cpuSeconds));
  const peak = median(outcomes.map(({ peakBytes }) => peakBytes));
  return {
    rowsPerSecond: Math.round(rows / seconds),
    cpuSecondsPerMillionRows: Number((cpuSeconds / rows * 1e6).toFixed(3)),
    ...(Number.isNaN(peak) ? {} : { peakMegabytes: Math.round(peak / 1e6) }),
  };
}

/** The tables of what was measured. */
export function endToEndTables(figures: readonly Figure[]): string {
  const workloads = [...new Set(figures.map(({ workload }) => workload))];
  return workloads.map((workload) =>
    table(figures.filter((one) => one.workload === workload), {
      title: workload === "latency"
        ? "latency side by side: µs, p50 / p99"
        : `${workload}: 1,000 rows/s (CPU for a million rows, peak memory)`,
      compare: "rowsPerSecond",
      show: ({ values }) =>
        workload === "latency"
          ? showLatency(values)
          : `${Math.round((values["rowsPerSecond"] ?? 0) / 1000)} (${
            values["cpuSecondsPerMillionRows"]?.toFixed(2)
          } s, ${values["peakMegabytes"] ?? "?"} MB)`,
    })
  ).join("\n\n");
}

if (import.meta.main) {
  await using laboratory = await openLaboratory(["Deno", "Bun", "Node"]);
  const sizes = { narrow: 2_000_000, wide: 500_000, one_row: 800_000 };
  const figures = [
    ...await measureEndToEnd(laboratory, { sizes, rounds: 2 }),
    ...await measureEndToEnd(laboratory, {
      sizes: { huge: 2_000_000 },
      rounds: 1,
    }),
    ...await measureLatency(laboratory, { commits: 2000, warmUp: 1000 }),
  ];
  await publish("e2e", {
    report: makeReport(laboratory, figures),
    tables: endToEndTables(figures),
  });
}
