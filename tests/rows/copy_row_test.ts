import { assert, assertEquals } from "@std/assert";
import { copiersOf, startsEmpty } from "../../src/rows/copy_row.ts";

Deno.test("copiersOf() copies rows and keys, whatever the number", () => {
  const row = JSON.parse('{"b":null,"a":1,"__proto__":2}');
  const counted = [...Array(40).keys()];
  // Those below 0 are made up, for tables that the catalog does not know.
  const madeUp = counted.map((number) => -number);
  for (const number of [...counted, ...madeUp, 2 ** 32 - 1]) {
    const { copyRow, copyKey } = copiersOf(number);
    for (const copy of [copyRow(row), copyKey(row)]) {
      assert(copy !== row);
      const entries: [string, unknown][] = [["b", null], ["a", 1], [
        "__proto__",
        2,
      ]];
      assertEquals(Object.entries(copy), entries);
    }
  }
});

Deno.test("copiersOf() has separate functions for rows and keys, and for each of many tables", () => {
  const copiers = Array.from({ length: 16 }, (_, number) => copiersOf(number));
  const copies = copiers.flatMap(({ copyRow, copyKey }) => [copyRow, copyKey]);
  assertEquals(new Set(copies).size, 32);
});

Deno.test("startsEmpty() is for JavaScriptCore, few or very many columns, and no __proto__", () => {
  const names = (count: number) =>
    Array.from({ length: count }, (_, i) => `column ${i}`);
  for (
    const [count, expected] of [
      [0, true],
      [10, true],
      [11, false],
      [
        120,
        false,
      ],
      [121, true],
      [1600, true],
    ] as const
  ) {
    assertEquals(startsEmpty(names(count), true), expected, `${count} columns`);
    assertEquals(startsEmpty(names(count), false), false);
    assertEquals(startsEmpty([...names(count), "__proto__"], true), false);
  }
});
