// Runs one client in whichever runtime this is run, and prints what it took.
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import process from "node:process";
import { CLIENTS } from "./clients/mod.ts";
import { RowCounter, type Run } from "./clients/client.ts";
import { loadRecording } from "./recording.ts";
import { median } from "./median.ts";

/** What the program is to do. */
export interface Job {
  readonly client: string;
  readonly slot: string;
  readonly publication: string;
  /** How many rows will come. */
  readonly rows: number;
  /** A real server, or the path of a recording. */
  readonly server: { readonly host: string; readonly port: number } | string;
  /** The folder whose `node_modules` has the other clients. */
  readonly modules: string;
  /** For how long to repeat a recording, in milliseconds. */
  readonly forMs: number;
  /** Whether each row says when it was sent, in its column `sent`. */
  readonly latency: boolean;
  /** How many rows come first whose latency does not count. */
  readonly warmUp: number;
}

/** What it took. */
export interface Outcome {
  /** Seconds from before the connection to the last row: the median of all passes. */
  readonly seconds: number;
  /** Seconds of processor time, user and system, for each pass. */
  readonly cpuSeconds: number;
  /** The most memory that the process had, in bytes. */
  readonly peakBytes: number;
  /** From the sending of a commit to its row: microseconds, in order of size. */
  readonly latencies: readonly number[];
}

const job: Job = JSON.parse(process.argv[2] ?? "");
const client = CLIENTS[job.client]!;
const server = typeof job.server === "string"
  ? await loadRecording(job.server)
  : job.server;
const load = createRequire(`${job.modules}/package.json`);
const latencies: number[] = [];

async function pass(): Promise<number> {
  const rows = job.latency
    ? new RowCounter(job.rows, noteLatency)
    : new RowCounter(job.rows);
  const { slot, publication } = job;
  const run: Run = { server, slot, publication, rows, load };
  const start = performance.now();
  await client(run);
  return (rows.doneAt - start) / 1000;
}

function noteLatency(row: unknown): void {
  const now = performance.timeOrigin + performance.now();
  const { sent } = row as { readonly sent: unknown };
  latencies.push(Math.round(now * 1000 - Number(sent)));
}

function peakBytes(): number {
  try {
    const status = readFileSync("/proc/self/status", "utf8");
    return Number(/VmHWM:\s+(\d+)/.exec(status)?.[1]) * 1024;
  } catch {
    return process.resourceUsage().maxRSS * 1024;
  }
}

const repeats = typeof job.server === "string";
if (repeats && job.forMs > 0) {
  // Compiled and warm before it counts.
  for (
    const end = performance.now() + job.forMs / 2;
    performance.now() < end;
  ) {
    await pass();
  }
}
const before = process.cpuUsage();
const seconds: number[] = [];
const end = performance.now() + (repeats ? job.forMs : 0);
do seconds.push(await pass()); while (performance.now() < end);
const { user, system } = process.cpuUsage(before);
const outcome: Outcome = {
  seconds: median(seconds),
  cpuSeconds: (user + system) / 1e6 / seconds.length,
  peakBytes: peakBytes(),
  latencies: latencies.slice(job.warmUp).toSorted((a, b) => a - b),
};
process.stdout.write(JSON.stringify(outcome), () => process.exit(0));
