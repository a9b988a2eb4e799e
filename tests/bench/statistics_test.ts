import { assert, assertEquals, assertThrows } from "@std/assert";
import { decide, estimate } from "../../bench/harness/decide.ts";
import { interleave } from "../../bench/harness/interleave.ts";
import type { MachineLoad } from "../../bench/harness/machine_load.ts";
import { compareSlices, type Slice } from "../../bench/harness/slice.ts";
import { invert, quantile, spreadOf } from "../../bench/harness/statistics.ts";
import { judgeTrust } from "../../bench/harness/trust.ts";

Deno.test("quantile() interpolates between two values", () => {
  assertEquals(quantile([3, 1, 2], 0.5), 2);
  assertEquals(quantile([4, 1, 2, 3], 0.5), 2.5);
  assertEquals(quantile([0, 10], 0.25), 2.5);
  assertEquals(quantile([7], 0.9), 7);
  assertEquals(quantile([], 0.5), NaN);
});

Deno.test("invert() exchanges the ends of a spread", () => {
  const { p10, p25, p50, p75, p90 } = invert(spreadOf([1, 2, 4, 5, 8]));
  assertEquals([p25, p50, p75], [1 / 5, 1 / 4, 1 / 2]);
  assert(p10 < p25 && p75 < p90);
});

Deno.test("compareSlices() compares slices of the same round", () => {
  // The machine is ten times as slow in the second round: no ratio shows it.
  const slow = [1, 10, 1];
  const slices = slow.map((factor): Slice => ({
    rows: 10,
    seconds: 2 * factor,
    cpuSeconds: factor,
  }));
  const others = slow.map((factor): Slice => ({
    rows: 20,
    seconds: 2 * factor,
    cpuSeconds: 8 * factor,
  }));
  const { wall, cpu } = compareSlices(slices, others);
  assertEquals([wall.p10, wall.p50, wall.p90], [2, 2, 2]);
  assertEquals([cpu.p10, cpu.p50, cpu.p90], [0.25, 0.25, 0.25]);
});

Deno.test("compareSlices() refuses what has no pair", () => {
  const slice = { rows: 1, seconds: 1, cpuSeconds: 1 };
  assertThrows(
    () => compareSlices([slice], [slice, slice]),
    RangeError,
    "Cannot pair 1 slices with 2",
  );
});

Deno.test("interleave() gives turns to one after the other", async () => {
  const turns: string[] = [];
  const participant = (name: string) => ({
    name,
    takeTurn(round: number) {
      turns.push(`${name}${round}`);
      return Promise.resolve({ rows: round, seconds: 1, cpuSeconds: 1 });
    },
  });
  const [a, b] = [participant("a"), participant("b")];
  const seen: string[] = [];
  const taken = await interleave([a, b], {
    rounds: 2,
    onSlice: ({ participant, round }) =>
      seen.push(`${participant.name}${round}`),
  });
  assertEquals(turns, ["a0", "b0", "a1", "b1"]);
  assertEquals(seen, turns);
  assertEquals(taken.get(b)!.map(({ rows }) => rows), [0, 1]);
});

const ALONE: MachineLoad = {
  seconds: 10,
  foreign: 0.1,
  stolen: 0,
  loadAverage: 1,
};

function control(wall: number, cpu: number) {
  return { wall: spreadOf([wall]), cpu: spreadOf([cpu]) };
}

Deno.test("judgeTrust() trusts a client that measures the same as itself", () => {
  assertEquals(
    judgeTrust({ control: control(1.05, 0.95), load: ALONE }),
    { wall: null, cpu: null },
  );
});

Deno.test("judgeTrust() trusts no metric by which a client differs from itself", () => {
  const { wall, cpu } = judgeTrust({ control: control(1, 1.06), load: ALONE });
  assertEquals(wall, null);
  assertEquals(cpu, "a client against itself measures 1.06");
  const other = judgeTrust({ control: control(NaN, 0.94), load: ALONE });
  assert(other.wall !== null && other.cpu !== null);
});

Deno.test("judgeTrust() trusts processor time, but no clock, on a machine at work", () => {
  for (const load of [{ foreign: 1 }, { foreign: 0, stolen: 0.3 }]) {
    const { wall, cpu } = judgeTrust({
      control: control(1, 1),
      load: { ...ALONE, ...load },
    });
    assert(wall?.includes("processors busy"), `${wall}`);
    assertEquals(cpu, null);
  }
});

Deno.test("judgeTrust() trusts nothing without a client against itself", () => {
  const { wall, cpu } = judgeTrust({ control: null, load: ALONE });
  assert(wall !== null && cpu !== null);
});

Deno.test("estimate() is as sure as its generations agree", () => {
  const same = estimate([1.1, 1.1, 1.1, 1.1, 1.1]);
  assertEquals([same.ratio, same.low, same.high].map((one) => one.toFixed(6)), [
    "1.100000",
    "1.100000",
    "1.100000",
  ]);
  const apart = estimate([1, 1.21]);
  assertEquals(apart.ratio.toFixed(6), "1.100000");
  assert(apart.low < 0.1 && apart.high > 10);
});

Deno.test("decide() finds a loss, none, a gain, or no answer yet", () => {
  const of = (low: number, high: number) =>
    decide({ ratio: 1, low, high, count: 5 }, 0.1);
  assertEquals(of(1.06, 1.2), "loss");
  assertEquals(of(0.96, 1.04), "no loss");
  assertEquals(of(0.8, 0.94), "gain");
  assertEquals(of(1.04, 1.06), "undecided");
  assertEquals(of(NaN, NaN), "undecided");
});
