/**
 * What the tests and examples rely on in `@std`. It holds for the stand-ins in `tests/std`
 * and for the real packages: CI runs it with both.
 *
 * @module
 */
import { assertEquals, assertNotEquals, equal } from "@std/assert";
import { parseArgs, type ParseOptions } from "@std/cli/parse-args";

const CASES: readonly {
  readonly args: string[];
  readonly options?: ParseOptions;
  readonly expected: Record<string, unknown>;
}[] = [
  // A value that is empty does not count as one, and is an argument of its own.
  {
    args: ["--slot", "", "url"],
    options: { string: ["slot"] },
    expected: { _: ["", "url"], slot: "" },
  },
  { args: ["--slot", ""], expected: { _: [""], slot: true } },
  {
    args: ["--slot=", "--other="],
    options: { string: ["slot"] },
    expected: { _: [], "slot=": true, "other=": true },
  },
  {
    args: ["--slot==x=y", "--lines=a\nb"],
    options: { string: ["slot"] },
    expected: { _: [], slot: "=x=y", lines: "a\nb" },
  },
  // Dots name what lies within.
  {
    args: ["--wal.timeout", "10", "--wal.slot=s", "-w.x"],
    options: { string: ["wal.slot"] },
    expected: { _: [], wal: { timeout: 10, slot: "s" }, w: ".x" },
  },
  {
    args: [],
    options: { boolean: ["a.b"], collect: ["c.d"], string: ["c.d"] },
    expected: { _: [], a: { b: false }, c: { d: [] } },
  },
  {
    args: ["--a.b=1"],
    options: { default: { "a.b": 2, "a.c": 3 } },
    expected: { _: [], a: { b: 1, c: 3 } },
  },
  // What follows the first argument is left as it is.
  {
    args: ["--a", "--", "1", "-b"],
    options: { boolean: ["a"], stopEarly: true },
    expected: { _: ["1", "-b"], a: true },
  },
  {
    args: ["1", "2", "--a", "--", "3"],
    options: { boolean: ["a"], stopEarly: true },
    expected: { _: [1, "2", "--a", "3"], a: false },
  },
  {
    args: ["1", "-b", "--", "3"],
    options: { stopEarly: true, "--": true },
    expected: { _: [1, "-b"], "--": ["3"] },
  },
  {
    args: ["dropped", "kept"],
    options: { stopEarly: true, unknown: () => false },
    expected: { _: ["kept"] },
  },
  // A default stands for a list that was not given, and is no part of one that was.
  {
    args: [],
    options: { collect: ["a", "b"], string: ["a"], default: { a: ["x"] } },
    expected: { _: [], a: ["x"] },
  },
  {
    args: ["--a", "y", "--a=z"],
    options: { collect: ["a"], default: { a: ["x"] } },
    expected: { _: [], a: ["y", "z"] },
  },
  {
    args: [],
    options: { collect: ["a"], string: ["a"], default: { a: null } },
    expected: { _: [], a: null },
  },
  {
    args: ["-v", "-v"],
    options: { boolean: ["v"], collect: ["v"] },
    expected: { _: [], v: [true, true] },
  },
  {
    args: [],
    options: { boolean: ["v"], collect: ["v"] },
    expected: { _: [], v: [] },
  },
  // Numbers, wherever no text is asked for.
  {
    args: ["1", "1e3", "0x10", " ", "Infinity", "-", "--n", "11", "--t=7"],
    options: { string: ["t"] },
    expected: { _: [1, 1000, 16, " ", "Infinity", "-"], n: 11, t: "7" },
  },
  {
    args: ["1", "--", "2"],
    options: { string: ["_"] },
    expected: { _: ["1", "2"] },
  },
  // Options without a value.
  {
    args: ["--a", "x", "--b", "false", "--c=false", "--d=no"],
    options: { boolean: ["a", "b", "c", "d"] },
    expected: { _: ["x"], a: true, b: false, c: false, d: true },
  },
  {
    args: ["--a", "-b", "--c"],
    options: { string: ["a"] },
    expected: { _: [], a: "", b: true, c: true },
  },
  {
    args: ["--no-a", "--no-b", "--no-c=1"],
    options: { boolean: ["a"], negatable: ["a"], default: { a: true } },
    expected: { _: [], a: false, "no-b": true, c: 1 },
  },
  {
    args: ["--no-color"],
    options: { boolean: ["no-color"] },
    expected: { _: [], "no-color": true },
  },
  // Letters.
  {
    args: ["-abc", "x", "-n5", "-p-", "-o=v", "-q", "-"],
    expected: {
      ...{ _: [], a: true, b: true, c: "x", n: 5, p: "-", o: "v", q: "-" },
    },
  },
  {
    args: ["-ab", "x"],
    options: { boolean: ["b"], string: ["a"] },
    expected: { _: ["x"], a: "", b: true },
  },
  // Other names.
  {
    args: ["-h", "--file", "x"],
    options: {
      boolean: ["help"],
      alias: { help: ["h", "usage"], f: "file" },
      default: { g: 1 },
    },
    expected: {
      ...{ _: [], h: true, help: true, usage: true, f: "x", file: "x", g: 1 },
    },
  },
];

for (const { args, options, expected } of CASES) {
  Deno.test(`parseArgs() reads ${JSON.stringify(args)} with ${Deno.inspect(options, { breakLength: Infinity })}`, () => {
    assertEquals(parseArgs(args, options ?? {}), expected);
  });
}

Deno.test("parseArgs() asks about what was not declared, lists among it", () => {
  const asked: unknown[] = [];
  const parsed = parseArgs(["--list", "1", "--a", "-b", "x", "y"], {
    string: ["a"],
    collect: ["list"],
    alias: { c: "d" },
    unknown: (...of) => {
      asked.push(of);
      return of[1] !== "list";
    },
  });
  assertEquals<unknown>(parsed, { _: ["y"], a: "", b: "x" });
  assertEquals(asked, [["--list", "list", "1"], ["-b", "b", "x"], ["y"]]);
});

Deno.test("equal() tells two errors apart, and what makes them up", () => {
  const make = () => new Error("why");
  const [error, other] = [make(), make()];
  assertEquals(error, error);
  assertNotEquals<unknown>(error, new TypeError("why"));
  assertNotEquals(make(), new Error("why"));
  assertNotEquals(error, other);
});

Deno.test("equal() compares instances by all that can be read of them", () => {
  class Account {
    readonly #balance: number;
    constructor(balance: number) {
      this.#balance = balance;
    }
    get balance(): number {
      return this.#balance;
    }
  }
  assertEquals(new Account(1), new Account(1));
  assertNotEquals(new Account(1), new Account(2));
  const buffer = Uint8Array.of(0, 1, 2).buffer;
  assertEquals(new Uint8Array(buffer, 1), Uint8Array.of(1, 2));
  assertEquals({ a: 1 }, Object.assign(Object.create(null), { a: 1 }));
  assertEquals(new Map([["a", { b: 1 }]]), new Map([["a", { b: 1 }]]));
  assertEquals(new Set([{ b: 1 }]), new Set([{ b: 1 }]));
  assertEquals(equal({ a: undefined }, {}), false);
  assertEquals(equal([1, undefined], [1]), false);
  assertEquals(equal(0, -0), true);
  assertEquals(equal(NaN, NaN), true);
  assertEquals(equal(/a/g, /a/), false);
});
