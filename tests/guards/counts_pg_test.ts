import { assert, assertEquals } from "@std/assert";
import { type Capture, capture } from "../../bench/capture.ts";
import type { View } from "../../bench/clients/walbrook.ts";
import { Source } from "../../bench/harness/source.ts";
import { NARROW_ROWS, ONE_ROW, WIDE_ROWS } from "../../bench/workloads/rows.ts";
import type { Workload } from "../../bench/workloads/workload.ts";
import type { CountJob, Counts } from "./count_program.ts";

/**
 * The most that there may be of each count. What is counted is the same in each run, on
 * any machine: a change that adds to it either makes up for it elsewhere and raises the
 * limit here, or is a loss.
 */
interface Limits {
  readonly workload: Workload;
  readonly rows: number;
  /** Bytes of the heap for each row, by view, with 3 % to spare. */
  readonly allocatedPerRow: Readonly<Record<View, number>>;
  /** Bytes that are copied for each byte received: a message cut by a chunk's end. */
  readonly copiedPerByte: number;
}

const LIMITS: readonly Limits[] = [
  {
    workload: NARROW_ROWS,
    rows: 10_000,
    allocatedPerRow: { "batches": 1210, "for await": 1325, "readable": 1290 },
    copiedPerByte: 0.009,
  },
  {
    workload: WIDE_ROWS,
    rows: 1000,
    allocatedPerRow: { "batches": 3105, "for await": 3195, "readable": 3185 },
    copiedPerByte: 0.022,
  },
  {
    workload: ONE_ROW,
    rows: 2000,
    allocatedPerRow: { "batches": 3120, "for await": 3450, "readable": 3345 },
    copiedPerByte: 0.015,
  },
];

/** Steps of promises from the arrival of a chunk to its first event, and on to the next. */
const HOPS: Readonly<Record<View, readonly [first: number, next: number]>> = {
  "batches": [14, 0],
  "for await": [14, 2],
  "readable": [15, 2],
};
const VIEWS: readonly View[] = ["batches", "for await", "readable"];

// Code as it is written: the optimizing compilers do when they see fit, and leave
// allocations out. No collection of garbage takes place while something is counted.
const FLAGS = [
  ...["--single-threaded", "--no-opt", "--no-maglev", "--no-sparkplug"],
  ...["--min-semi-space-size=256", "--max-semi-space-size=256"],
];

async function count(job: CountJob): Promise<readonly Counts[]> {
  const program = new URL("./count_program.ts", import.meta.url).pathname;
  const { code, stdout } = await new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "-A", "--no-check", `--v8-flags=${FLAGS.join(",")}`],
      ...[program, JSON.stringify(job)],
    ],
    stderr: "inherit",
  }).output();
  assertEquals(code, 0);
  return JSON.parse(new TextDecoder().decode(stdout));
}

Deno.test("an event takes no more allocations, copies and steps of promises than it did", async (t) => {
  const folder = await Deno.makeTempDir();
  try {
    const library = new URL("../../mod.ts", import.meta.url).href;
    const captures: Capture[] = [];
    {
      await using source = await Source.start();
      for (const { workload, rows } of LIMITS) {
        const prepared = await source.prepare(workload, { rows, leadIn: 0 });
        const build = { library: () => library };
        captures.push(await capture(source, prepared, { build, folder }));
      }
    }
    for (const [at, { workload, rows, ...limits }] of LIMITS.entries()) {
      const { path, slot } = captures[at]!.text;
      const publication = workload.name;
      const job = { path, slot, publication, rows, views: VIEWS };
      for (const [at, counts] of (await count(job)).entries()) {
        const view = VIEWS[at]!;
        await t.step(`${workload.name}, ${view}`, () => {
          const { allocatedPerRow, copiedPerByte } = counts;
          assert(
            allocatedPerRow <= limits.allocatedPerRow[view],
            `${allocatedPerRow} bytes are allocated for a row`,
          );
          assert(
            copiedPerByte <= limits.copiedPerByte,
            `${copiedPerByte} bytes are copied for each one received`,
          );
          const { hopsToFirst, hopsToNext } = counts;
          const [first, next] = HOPS[view];
          assert(hopsToFirst <= first, `${hopsToFirst} steps to the first`);
          assert(hopsToNext <= next, `${hopsToNext} steps to the next`);
        });
      }
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
