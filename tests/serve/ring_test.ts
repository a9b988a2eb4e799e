import { assert, assertEquals } from "@std/assert";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { toLsn, type UnixMicros } from "@walbrook/walbrook";
import {
  formatResumeId,
  parseResumeId,
} from "../../src/serve/changes/resume_id.ts";
import { type KeptTransaction, Ring } from "../../src/serve/changes/ring.ts";

function transaction(
  end: number,
  tables: string[],
  bytes = 10,
): KeptTransaction {
  return {
    endLsn: toLsn(BigInt(end)),
    commitTime: 0n as UnixMicros,
    tables: new Map(tables.map((table) => [table, []])),
    bytes,
  };
}

function endsOf(ring: Ring, table: string, from: number): number[] | null {
  return ring.since(table, toLsn(BigInt(from)))?.map(({ endLsn }) =>
    Number(endLsn)
  ) ?? null;
}

Deno.test("Ring gives what happened to a table behind a position, as long as it has all of it", () => {
  const ring = new Ring({ bytes: 40, ageMs: 100 });
  assertEquals(endsOf(ring, "a", 5), null);
  ring.begin(toLsn(5n));
  for (const [end, table] of [[10, "a"], [20, "b"], [30, "a"]] as const) {
    ring.push(transaction(end, [table]), 0);
  }
  assertEquals(endsOf(ring, "a", 4), null);
  assertEquals(endsOf(ring, "a", 5), [10, 30]);
  assertEquals(endsOf(ring, "a", 10), [30]);
  assertEquals(endsOf(ring, "b", 25), []);
  ring.push(transaction(40, ["a", "b"], 20), 50);
  assertEquals(ring.bytes, 40);
  assertEquals(endsOf(ring, "a", 9), null);
  assertEquals(endsOf(ring, "b", 10), [20, 40]);
  ring.trim(120);
  assertEquals(endsOf(ring, "b", 29), null);
  assertEquals(endsOf(ring, "b", 30), [40]);
  ring.trim(200);
  assertEquals([ring.length, ring.bytes], [0, 0]);
  assertEquals(endsOf(ring, "b", 40), []);
});

Deno.test("Ring lets nobody go on from before a table was invalidated, or a gap", () => {
  const ring = new Ring({ bytes: 1_000, ageMs: 100 });
  ring.begin(toLsn(1n));
  ring.push(transaction(10, ["a", "b"]), 0);
  ring.invalidate("a", toLsn(11n));
  assertEquals(endsOf(ring, "a", 10), null);
  assertEquals(endsOf(ring, "b", 1), [10]);
  ring.clear(toLsn(50n));
  assertEquals(endsOf(ring, "b", 49), null);
  assertEquals(endsOf(ring, "b", 50), []);
});

Deno.test("Ring stays exact while thousands of transactions pass through", () => {
  const ring = new Ring({ bytes: 1_000, ageMs: 1e9 });
  ring.begin(toLsn(0n));
  for (let end = 1; end <= 10_000; end++) {
    ring.push(transaction(end, ["a"]), end);
  }
  assertEquals(endsOf(ring, "a", 9_899), null);
  assertEquals(endsOf(ring, "a", 9_997), [9_998, 9_999, 10_000]);
});

Deno.test("parseResumeId() reads what formatResumeId() writes, and nothing else", () => {
  const point = { service: "abc", channel: "x1", lsn: toLsn(0x16_b374d848n) };
  assertEquals(formatResumeId(point), "abc-x1-16/B374D848");
  assertEquals(parseResumeId("abc-x1-16/B374D848"), point);
  for (
    const text of [
      "",
      "16/B374D848",
      "abc-x1-",
      "abc-x1-zz",
      "a-b-c-1/1",
      "abc-x1-1/123456789",
    ]
  ) {
    assertEquals(parseResumeId(text), null);
  }
});

Deno.test("Ring keeps no dropped transactions in memory", async () => {
  setFlagsFromString("--expose-gc");
  const collect: () => void = runInNewContext("gc");
  const ring = new Ring({ bytes: 100, ageMs: 1_000 });
  const all = Array.from({ length: 500 }, (_, i) => {
    const one = transaction(i + 1, ["a"]);
    ring.push(one, 0);
    return new WeakRef(one);
  });
  assertEquals(ring.length, 10);
  // A weak reference keeps its target until the end of the turn.
  await new Promise((resolve) => setTimeout(resolve));
  collect();
  const alive = all.filter((one) => one.deref() !== undefined).length;
  assert(alive < 50, `${alive} of ${ring.length} are alive`);
});
