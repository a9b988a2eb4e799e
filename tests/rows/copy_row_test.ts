import { assert, assertEquals } from "@std/assert";
import { copyRowOf } from "../../src/rows/copy_row.ts";

Deno.test("copyRowOf() copies a row, whatever the number", () => {
  const row = JSON.parse('{"b":null,"a":1,"__proto__":2}');
  const counted = [...Array(40).keys()];
  // Those below 0 are made up, for tables that the catalog does not know.
  const madeUp = counted.map((number) => -number);
  for (const number of [...counted, ...madeUp, 2 ** 32 - 1]) {
    const copy = copyRowOf(number)(row);
    assert(copy !== row);
    const entries: [string, unknown][] = [["b", null], ["a", 1], [
      "__proto__",
      2,
    ]];
    assertEquals(Object.entries(copy), entries);
  }
});

Deno.test("copyRowOf() has a function of its own for each of many tables", () => {
  const copies = Array.from({ length: 16 }, (_, number) => copyRowOf(number));
  assertEquals(new Set(copies).size, 16);
});
