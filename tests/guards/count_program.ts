// Counts what a subscription does with a recording, in a process of its own, and prints it.
import { RowCounter } from "../../bench/clients/client.ts";
import { type View, walbrook } from "../../bench/clients/walbrook.ts";
import { loadRecording } from "../../bench/recording.ts";
import * as library from "../../mod.ts";
import { countCopies } from "./count_copies.ts";
import { countHops } from "./count_hops.ts";

/** What to count. */
export interface CountJob {
  /** Where the recording is. */
  readonly path: string;
  readonly slot: string;
  readonly publication: string;
  /** How many rows it has. */
  readonly rows: number;
  /** The ways to take the events, each of which is counted. */
  readonly views: readonly View[];
}

/** What was counted. */
export interface Counts {
  /** Bytes of the heap that were taken for each row, by code that is not optimized. */
  readonly allocatedPerRow: number;
  /** Bytes that were copied from one array of bytes to another, for each byte received. */
  readonly copiedPerByte: number;
  /** Steps of promises from the arrival of a chunk to its first event. */
  readonly hopsToFirst: number;
  /** Steps of promises from one event of a chunk to the next. */
  readonly hopsToNext: number;
}

/** The first passes fill the engine's caches. */
const PASSES = 3;

const job: CountJob = JSON.parse(Deno.args[0] ?? "");
const server = await loadRecording(job.path);
const { slot, publication } = job;
const load = () => {};

// Takes the whole recording, and tells the bytes that were taken from the heap meanwhile.
async function pass(view: View): Promise<number> {
  const rows = new RowCounter(job.rows);
  let before = 0;
  const start = rows.start.bind(rows);
  rows.start = () => {
    start();
    before = Deno.memoryUsage().heapUsed;
  };
  let allocated = 0;
  void rows.done.then(() => {
    allocated = Deno.memoryUsage().heapUsed - before;
  });
  await walbrook(view)({
    ...{ server, slot, publication, rows, load, library },
    part: (path) => import(new URL(`../../${path}`, import.meta.url).href),
  });
  return allocated;
}

async function count(view: View): Promise<Counts> {
  for (let passes = 1; passes < PASSES; passes++) await pass(view);
  const allocated = await pass(view);
  const copied = await countCopies(() => pass(view));
  return {
    allocatedPerRow: allocated / job.rows,
    copiedPerByte: copied / server.stream.length,
    ...await countHops(server, { slot, publication, view }),
  };
}

const all: Counts[] = [];
for (const view of job.views) all.push(await count(view));
console.log(JSON.stringify(all));
