/**
 * The long form of the restart matrix, which prints tables of what it did:
 *
 * - "each message": the link is cut once between any two messages of the server, from
 *   the first of the login to the last of the stream;
 * - "any byte": writers work while the link is cut at random bytes, in several ways, and
 *   walsenders are cancelled;
 * - "transfers": several writers move amounts between rows while links are cut, the
 *   server crashes or restarts and a client is killed; the total must be right after
 *   each transaction.
 *
 * Every change is counted against a second slot that nothing disturbs, and in the end
 * every row is compared with the server's. Then some figures on the newest version.
 *
 *     deno task test:soak [--size=1] [--seeds=1,2,3]
 *
 * The variable `WALBROOK_PG_MAJORS` chooses among the versions, as for the tests.
 */
import { parseArgs } from "@std/cli/parse-args";
import { MAJORS, NEWEST, withServer } from "../helpers/postgres.ts";
import { handOver, holdSteady, stopUnderWork } from "./soak_figures.ts";
import { pauseConsumers, PAUSES_SETTINGS } from "./soak_pauses.ts";
import { stopUnderBacklog } from "./soak_stops.ts";
import {
  cutAnyByte,
  cutEachMessage,
  moveAmounts,
  type Outcome,
  sum,
} from "./soak_runs.ts";

const flags = parseArgs(Deno.args, { string: ["size", "seeds"] });
const SIZE = Number(flags.size ?? 1);
const SEEDS = `${flags.seeds ?? "1,2,3"}`.split(",").map(Number);
const RUNS = [
  ["each message", cutEachMessage],
  ["any byte", cutAnyByte],
  ["transfers", moveAmounts],
] as const;
/** What a minute may add at most to the heap, in bytes: far less than it has seen. */
const MAX_GROWTH = 2 ** 21;
/** A stop takes a third of it where the machine has nothing else to do. */
const MAX_STOP_MS = 10_000;
/** With so little PostgreSQL 18 sends a Stream Abort for what is rolled back. */
const settings = { logical_decoding_work_mem: "64kB" };
let failed = false;

function line(cells: readonly unknown[]): string {
  return `| ${cells.join(" | ")} |`;
}

/** The middle one and the largest. */
function describe(tookMs: readonly number[]): string {
  const sorted = tookMs.toSorted((a, b) => a - b).map(Math.round);
  return `${sorted[sorted.length >> 1]} ms, at most ${sorted.at(-1)} ms`;
}

async function runAll(
  major: (typeof MAJORS)[number],
  [what, run]: (typeof RUNS)[number],
): Promise<string> {
  const outcomes: Outcome[] = [];
  let version = "";
  for (const seed of SEEDS) {
    const started = performance.now();
    outcomes.push(
      await withServer({ major, settings }, async (server, sql) => {
        const outcome = await run({ server, sql, seed, size: SIZE });
        version = `${await sql.value("SHOW server_version")}`.split(" ")[0]!;
        return outcome;
      }),
    );
    const seconds = ((performance.now() - started) / 1000).toFixed(0);
    console.error(`${version}, ${what}, seed ${seed}: ${seconds} s`);
  }
  const all = sum(outcomes);
  if (all.lost !== 0 || all.twice !== 0) failed = true;
  return line([
    ...[version, what, all.cuts, all.cancels, all.restarts, all.kills],
    ...[all.transactions, all.changes, all.lost, all.twice],
  ]);
}

const rows: string[] = [];
for (const major of MAJORS) {
  for (const run of RUNS) rows.push(await runAll(major, run));
}
console.log(line([
  ...["PostgreSQL", "Cut at", "Cuts", "Cancels", "Restarts", "Kills"],
  ...["Transactions", "Changes", "Lost", "Twice"],
]));
console.log(line(["---", "---", ...Array(8).fill("--:")]));
for (const row of rows) console.log(row);

const options = { major: NEWEST };
const { tookMs, ...rest } = await withServer(options, handOver);
console.log(
  `\nHand-over of a slot: ${describe(tookMs)}; ${JSON.stringify(rest)}`,
);
if (rest.lost !== 0) failed = true;
console.log(
  `Fast stop while the consumer is busy: ${
    describe(await withServer(options, stopUnderWork))
  }`,
);
const stops = await withServer(options, stopUnderBacklog);
console.log(
  `Fast stop in the middle of a backlog: ${
    describe(stops.map(({ tookMs }) => tookMs))
  }`,
);
if (stops.some(({ tookMs }) => tookMs > MAX_STOP_MS)) failed = true;
const pauses = await withServer(
  { ...options, settings: PAUSES_SETTINGS },
  (server, sql) => pauseConsumers(server, sql, Math.ceil(10 * SIZE)),
);
console.log(`Paused consumers with heirs: ${JSON.stringify(pauses)}`);
if (pauses.lost !== 0 || pauses.twice !== 0) failed = true;
const samples = await withServer(
  options,
  (server, sql) => holdSteady(server, sql, 60_000 * SIZE),
);
console.log(line(["Changes", "Heap, MiB", "Process, MiB"]));
console.log(line(["--:", "--:", "--:"]));
for (const { changes, heap, rss } of samples) {
  const mebibytes = [heap, rss].map((bytes) => (bytes / 2 ** 20).toFixed(1));
  console.log(line([changes, ...mebibytes]));
}
const [first, last] = [samples[1], samples.at(-1)];
if (!first || !last || last.heap - first.heap > MAX_GROWTH) failed = true;
if (failed) Deno.exit(1);
