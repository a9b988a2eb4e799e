import { createRequire } from "node:module";
import { assert, assertEquals } from "@std/assert";
import { subscribe } from "@walbrook/walbrook";
import { BENCHES } from "../../bench/benches/mod.ts";
import { compareBuilds, describe } from "../../bench/benches/builds.ts";
import { OBJECT_COPIERS } from "../../bench/clients/copy/mod.ts";
import { type Bench, SHORTEST } from "../../bench/harness/bench.ts";
import { ResultsFile } from "../../bench/harness/results.ts";
import { runBenches } from "../../bench/harness/run_benches.ts";
import { openLaboratory } from "../../bench/harness/runtimes.ts";
import { Source } from "../../bench/harness/source.ts";
import { measureRowWidths } from "../../bench/micro/row_width.ts";
import { measureStreams } from "../../bench/streams.ts";
import { sections } from "../../bench/report/publish.ts";
import {
  makeMixedRows,
  MIXED_TABLE,
} from "../../bench/workloads/mixed_rows.ts";
import { NARROW_ROWS } from "../../bench/workloads/rows.ts";

/** One of each group, in its shortest form. */
const SOME: readonly Bench[] = [
  ...["decode/narrow", "follow/huge", "tls/tls", "latency/latency"],
  ...["encode/encode", "deliver/deliver", "cold_start/cold_start"],
  ...["subscriptions/subscriptions_100"],
  ...["snapshot/copy_bytes", "snapshot/copy_server"],
].map((name) =>
  BENCHES.find(({ group, workload }) => `${group}/${workload}` === name)!
);

const BROKEN: Bench = {
  group: "decode",
  workload: "broken",
  title: "a bench that fails",
  run: () => Promise.reject(new Error("It is broken")),
};

// Each client ends only when it has delivered every row: that, and not how long it
// took, is what is tested here.
Deno.test("the benches run, each client to its last row", async () => {
  const path = await Deno.makeTempFile();
  try {
    await using laboratory = await openLaboratory(["Deno"]);
    const run = { revision: "abc", effort: "shortest" };
    const file = ResultsFile.begin(path, laboratory, run);
    const lines: string[] = [];
    await runBenches({
      benches: [BROKEN, ...SOME],
      ...{ laboratory, effort: SHORTEST, file },
      screen: { isTerminal: true, write: (line) => lines.push(line) },
    });
    const { results } = file;
    assertEquals(results.failures.map(({ message }) => message), [
      "It is broken",
    ]);
    assertEquals(
      results.measurements.map(({ group }) => group),
      SOME.map(({ group }) => group),
    );
    for (const { entries, workload } of results.measurements) {
      for (const { client, slices = [] } of entries) {
        assertEquals(slices.length, 1, `${workload}, ${client}`);
      }
    }
    const clients = results.measurements[0]!.entries.map(({ client }) =>
      client
    );
    assertEquals(clients, [
      "walbrook",
      "walbrook, binary",
      "walbrook, for await",
      "walbrook, readable",
      "pg-logical-replication",
      "pgwire",
      "postgres",
      "written by hand",
      "walbrook, again",
    ]);
    assert(lines.some((line) => line.includes("slice 1: pgwire: wall")));
    const text = Object.values(sections(results)).join("\n");
    for (const part of ["bytes alone", "decoding alone", "subscribe", "(!)"]) {
      assert(text.includes(part), part);
    }
  } finally {
    await Deno.remove(path);
  }
});

Deno.test("all clients that copy objects deliver the same rows", async () => {
  await using laboratory = await openLaboratory(["Deno"]);
  await using source = await Source.start();
  await source.query(makeMixedRows(1000));
  const load = createRequire(`${laboratory.folder}/package.json`);
  const copied = new Map<string, Map<unknown, unknown>>();
  for (const [name, open] of Object.entries(OBJECT_COPIERS)) {
    const rows = new Map<unknown, unknown>();
    const copier = await open({
      ...{ server: source.address, table: MIXED_TABLE, name: "copies" },
      ...{ load, library: { subscribe } },
      onRow: (row) =>
        rows.set((row as { id: unknown }).id, { ...row as object }),
      part: (path) => import(new URL(`../../${path}`, import.meta.url).href),
    });
    try {
      await copier.take(1000, 0);
    } finally {
      await copier.close();
    }
    copied.set(name, rows);
  }
  assertEquals(copied.size, 4);
  const expected = copied.get("walbrook");
  assertEquals(expected?.size, 1000);
  for (const [name, rows] of copied) assertEquals(rows, expected, name);
});

Deno.test("compareBuilds() compares this checkout with another", async () => {
  await using laboratory = await openLaboratory(["Deno"]);
  await using source = await Source.start();
  const base = await laboratory.prepare(
    new URL("../../", import.meta.url).pathname,
  );
  const lines: string[] = [];
  await compareBuilds({ workload: NARROW_ROWS, laboratory, source, base }, {
    ...{ loss: 0.1, most: 1, scale: 0.02, warmUpMs: 1, sliceMs: 1, rounds: 1 },
    onFound: (found) => lines.push(describe(found)),
  });
  assertEquals(lines.length, 1);
  assert(lines[0]!.startsWith("narrow, Deno: "), lines[0]);
});

Deno.test("measureStreams() reads streams in each way", async () => {
  const found = await measureStreams(3000, 1);
  assertEquals(Object.keys(found).length, 6);
});

Deno.test("measureRowWidths() measures rows of any width", async () => {
  const widths = [5, 140];
  const root = new URL("../../", import.meta.url).href;
  const found = await measureRowWidths([root, root], {
    ...{ widths, values: 1000, rounds: 1 },
  });
  assertEquals([...found.keys()], widths);
  for (const times of found.values()) {
    assertEquals(times.map((one) => one > 0), [true, true]);
  }
});
