import { assertEquals, assertRejects } from "@std/assert";
import { type Bench, SHORTEST } from "../../bench/harness/bench.ts";
import { type Entrant, runContest } from "../../bench/harness/contest.ts";
import { ResultsFile } from "../../bench/harness/results.ts";
import { runBenches } from "../../bench/harness/run_benches.ts";
import type { Laboratory } from "../../bench/harness/runtimes.ts";

const LABORATORY: Laboratory = {
  runtimes: [{
    ...{ name: "Deno", version: "2", command: [] },
    ...{ program: "", coldStart: "" },
  }],
  peers: {},
  folder: "",
  build: { library: () => "" },
  prepare: () => Promise.reject(new Error("There is nothing to prepare")),
  [Symbol.asyncDispose]: () => Promise.resolve(),
};

Deno.test("runBenches() keeps what it has when it is stopped, and goes on from there", async () => {
  const path = await Deno.makeTempFile();
  const stop = new AbortController();
  const reason = new Error("Stopped");
  const taken: string[] = [];
  let ended = 0;

  function benchOf(workload: string, onTurn: () => void = () => {}): Bench {
    const entrant: Entrant = {
      name: "walbrook",
      startUp: null,
      takeTurn(round) {
        taken.push(`${workload} ${round}`);
        onTurn();
        return Promise.resolve({ rows: 1, seconds: 1, cpuSeconds: 1 });
      },
      [Symbol.asyncDispose]: () => {
        ended++;
        return Promise.resolve();
      },
    };
    return {
      group: "decode",
      workload,
      title: workload,
      run: ({ onSlice }) =>
        runContest({
          open: () => Promise.resolve([entrant]),
          ...{ rounds: 2, generations: 1, onSlice },
        }),
    };
  }

  try {
    const run = { revision: "abc", effort: "shortest" };
    const benches = [
      benchOf("first"),
      benchOf("second", () => stop.abort(reason)),
      benchOf("third"),
    ];
    const parts = {
      ...{ benches, laboratory: LABORATORY, effort: SHORTEST },
      screen: { isTerminal: false, write: () => {} },
    };
    const file = ResultsFile.begin(path, LABORATORY, run);
    await assertRejects(
      () => runBenches({ ...parts, file, signal: stop.signal }),
      Error,
      reason.message,
    );
    // The slice that was being taken is the last one, and its clients are ended.
    assertEquals(taken, ["first 0", "first 1", "second 0"]);
    assertEquals(ended, 2);
    taken.length = 0;
    const kept = (await ResultsFile.resume(path, run))!;
    assertEquals(kept.results.failures, []);
    await runBenches({ ...parts, file: kept });
    assertEquals(taken, ["second 0", "second 1", "third 0", "third 1"]);
    assertEquals(
      kept.results.measurements.map(({ workload }) => workload),
      ["first", "second", "third"],
    );
  } finally {
    await Deno.remove(path);
  }
});
