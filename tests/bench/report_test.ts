import { assert, assertEquals, assertThrows } from "@std/assert";
import { BENCHES } from "../../bench/benches/mod.ts";
import { FULL, QUICK } from "../../bench/harness/bench.ts";
import {
  type Measurement,
  mergeResults,
  type Results,
  ResultsFile,
  withoutSlices,
} from "../../bench/harness/results.ts";
import { readRunOptions } from "../../bench/harness/run_options.ts";
import { spreadOf } from "../../bench/harness/statistics.ts";
import { chart } from "../../bench/report/chart.ts";
import { insert } from "../../bench/report/insert.ts";
import { sections, sectionsToWrite } from "../../bench/report/publish.ts";
import { judge, TARGETS } from "../../bench/report/targets.ts";

const RATES = spreadOf([0.2, 0.25, 0.3]);

function measurement(ratios: readonly number[]): Measurement {
  const ratio = { wall: spreadOf(ratios), cpu: spreadOf(ratios) };
  const entry = (client: string) => ({
    client,
    wallMicroseconds: RATES,
    cpuMicroseconds: RATES,
    startUp: null,
    values: {},
    slices: [],
  });
  return {
    group: "decode",
    workload: "narrow",
    title: "narrow rows",
    runtime: "Deno",
    at: "2026-01-01T00:00:00Z",
    entries: ["walbrook", "pgwire", "walbrook, again"].map(entry),
    ratios: {
      pgwire: ratio,
      "walbrook, again": { wall: spreadOf([1]), cpu: spreadOf([1]) },
    },
    load: { seconds: 1, foreign: 0, stolen: 0, loadAverage: 0 },
    trust: { wall: null, cpu: null },
  };
}

function results(...measurements: Measurement[]): Results {
  return {
    startedAt: "2026-01-01T00:00:00Z",
    revision: "abc",
    effort: "full",
    machine: "a machine",
    versions: { Deno: "2" },
    measurements,
    failures: [],
  };
}

const TARGET = TARGETS.find(({ group, workloads }) =>
  group === "decode" && workloads.includes("narrow")
)!;

Deno.test("judge() takes the lower quartile for a target of at least", () => {
  assertEquals(TARGET.atLeast, 4);
  const outcomeOf = (ratios: readonly number[]) =>
    judge(TARGET, measurement(ratios))[0]?.outcome;
  assertEquals(outcomeOf([1 / 5, 1 / 5, 1 / 4, 1 / 4]), "met");
  // A median of more than four times is not enough.
  assertEquals(outcomeOf([1 / 5, 1 / 5, 1 / 5, 1 / 3, 1 / 3]), "missed");
});

Deno.test("judge() takes the upper quartile for a target of at most", () => {
  const target = { ...TARGET, atLeast: -Infinity, atMost: 4 };
  const outcomeOf = (ratios: readonly number[]) =>
    judge(target, measurement(ratios))[0]?.outcome;
  assertEquals(outcomeOf([1 / 3, 1 / 4, 1 / 4, 1 / 4]), "met");
  assertEquals(outcomeOf([1 / 3, 1 / 3, 1 / 3, 1 / 5, 1 / 5]), "missed");
});

Deno.test("judge() says when a measurement is not to be trusted", () => {
  const doubtful = {
    ...measurement([0.1]),
    trust: { wall: "a reason", cpu: null },
  };
  const [verdict] = judge(TARGET, doubtful);
  assertEquals(verdict?.outcome, "not to be trusted");
  assertEquals(verdict?.doubt, "a reason");
});

Deno.test("readRunOptions() runs everything in full by default, except the snapshot group", () => {
  const { benches, runtimes, effort } = readRunOptions([], BENCHES);
  const others = BENCHES.filter(({ group }) => group !== "snapshot");
  assertEquals(benches, others);
  const named = readRunOptions(["--only", "snapshot"], BENCHES);
  assertEquals(named.benches.length, BENCHES.length - others.length);
  assertEquals(runtimes, ["Deno", "Bun", "Node"]);
  assertEquals(effort, FULL);
});

Deno.test("readRunOptions() finds workloads, groups and runtimes by name", () => {
  const namesOf = (only: string) => {
    const { benches, runtimes } = readRunOptions(["--only", only], BENCHES);
    return [
      ...benches.map(({ group, workload }) => `${group}/${workload}`),
      ...runtimes,
    ];
  };
  assertEquals(namesOf("narrow,node"), [
    "decode/narrow",
    "follow/narrow",
    "Node",
  ]);
  assertEquals(namesOf("follow,narrow,bun,deno"), [
    "follow/narrow",
    "Deno",
    "Bun",
  ]);
  assertEquals(namesOf("network,node").slice(0, -1), [
    "network/network_1ms",
    "network/network_20ms",
  ]);
  assertThrows(() => namesOf("narow"), TypeError, 'Cannot find "narow"');
  assertThrows(() => readRunOptions(["--slow"], BENCHES), TypeError, "--slow");
});

Deno.test("readRunOptions() has a quick run", () => {
  const { benches, effort, effortName, fileName } = readRunOptions([
    "--quick",
    "--only",
    "node,bun",
  ], BENCHES);
  assertEquals(benches.map(({ workload }) => workload), [
    "narrow",
    "wide",
    "one_row",
  ]);
  assertEquals([effort, effortName], [QUICK, "quick"]);
  // Each selection has a file of its own.
  assertEquals(fileName, "quick_bun_node");
});

Deno.test("ResultsFile keeps each result, and goes on where a run was stopped", async () => {
  const path = await Deno.makeTempFile();
  try {
    const run = { revision: "abc", effort: "full" };
    const laboratory = { runtimes: [], peers: { pgwire: "1" } };
    const file = ResultsFile.begin(path, laboratory, run);
    const one = measurement([0.5]);
    assert(!file.has(one));
    await file.add(one);
    await file.addFailure({ ...one, workload: "wide", message: "broken" });
    const next = (await ResultsFile.resume(path, run))!;
    assert(next.has(one));
    assert(!next.has({ ...one, runtime: "Bun" }));
    assertEquals(next.results.failures, []);
    assertEquals(next.results.measurements, [one]);
    assertEquals(await ResultsFile.resume(`${path}.none`, run), null);
    for (const other of [{ revision: "def" }, { effort: "quick" }]) {
      const refusal = await ResultsFile.resume(path, { ...run, ...other })
        .catch(({ message }) => message);
      assert(`${refusal}`.includes("Cannot resume"), `${refusal}`);
    }
  } finally {
    await Deno.remove(path);
  }
});

Deno.test("sections() show ratios with their spread, and what is in doubt", () => {
  const doubtful = {
    ...measurement([0.2, 0.25, 0.5]),
    trust: { wall: "others keep 1.00 processors busy", cpu: null },
  };
  const { decode, targets } = sections(results(doubtful));
  assert(decode?.includes("**4.00 ×** (2.67 to 4.44) (!)"), decode);
  assert(decode?.includes("others keep 1.00 processors busy"), decode);
  assert(targets?.includes("not to be trusted: 4 (2.67 to 4.44)"), targets);
});

Deno.test("chart() draws a bar and its spread for each client", () => {
  const svg = chart(results(measurement([0.5])), "decode");
  assert(svg.includes("Deno: pgwire"));
  assert(svg.includes("4,000,000"));
  assert(!svg.includes("again"));
  assertEquals(svg.match(/<path /g)?.length, 2);
});

Deno.test("withoutSlices() leaves the single slices out", () => {
  const text = JSON.stringify(withoutSlices(results(measurement([0.5]))));
  assert(!text.includes("slices"));
});

Deno.test("mergeResults() replaces what was measured once more", () => {
  const [old, wide] = [measurement([0.5]), {
    ...measurement([0.5]),
    workload: "wide",
  }];
  const one = measurement([0.25]);
  const failure = { ...wide, workload: "one_row", message: "broken" };
  const before = { ...results(old, wide), failures: [failure] };
  const merged = mergeResults(before, {
    ...results(one),
    revision: "def",
  });
  assertEquals(merged.measurements, [wide, one]);
  assertEquals(merged.failures, [failure]);
  assertEquals(merged.revision, "def");
  // A run in one runtime keeps the versions of the others.
  const inBun = { ...results(one), versions: { Bun: "1" } };
  assertEquals(mergeResults(before, inBun).versions, { Deno: "2", Bun: "1" });
  const mended = mergeResults(before, results({ ...one, workload: "one_row" }));
  assertEquals(mended.failures, []);
});

Deno.test("sectionsToWrite() leaves alone what was not measured now", () => {
  const all = results(measurement([0.5]), {
    ...measurement([0.5]),
    group: "tls",
  });
  const written = sectionsToWrite(all, results(measurement([0.5])));
  assertEquals(Object.keys(written), ["decode"]);
  assert(written["decode"]?.startsWith("Measured on 2026-01-01."));
});

Deno.test("sectionsToWrite() judges the targets once all has been measured", () => {
  const all = results(
    ...BENCHES.map(({ group, workload }) => ({
      ...measurement([0.5]),
      group,
      workload,
    })),
  );
  const written = sectionsToWrite(all, results(measurement([0.5])));
  assertEquals(Object.keys(written), ["run", "targets", "decode"]);
});

Deno.test("insert() replaces what stands between the two comments", () => {
  const page = "# A\n\n<!-- x -->\n\nold\n\n<!-- /x -->\n\nend\n";
  assertEquals(
    insert(page, "x", "new"),
    "# A\n\n<!-- x -->\n\nnew\n\n<!-- /x -->\n\nend\n",
  );
});
