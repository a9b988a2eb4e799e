import { assertEquals } from "@std/assert";
import { parseLsn } from "@walbrook/walbrook";
import {
  flushedAfterMs,
  reachablePosition,
} from "../../src/snapshot/reconcile/reach.ts";

const REACHED: readonly (readonly [string, string])[] = [
  ["0/1000", "0/1000"],
  ["0/2000", "0/2000"],
  ["0/2018", "0/2000"], // behind the header of a page
  ["0/1000028", "0/1000000"], // behind that of a segment, as after pg_switch_wal()
  // Where a record ends that began on the page before: both are reached at once.
  ["0/2020", "0/2000"],
  ["0/2030", "0/2030"],
  ["0/3FF8", "0/3FF8"],
];

for (const [insert, expected] of REACHED) {
  Deno.test(`reachablePosition() of ${insert} is ${expected}`, () => {
    assertEquals(reachablePosition(parseLsn(insert)), parseLsn(expected));
  });
}

Deno.test("flushedAfterMs() is later than the WAL writer may be", () => {
  assertEquals(flushedAfterMs(200), 700);
});
