import { assertEquals } from "@std/assert";
import { xidPrecedes } from "../src/xid.ts";

const MAX = 2 ** 32 - 1;
const TABLE: readonly (readonly [number, number, boolean])[] = [
  [3, 4, true],
  [4, 3, false],
  [7, 7, false],
  [MAX, 3, true],
  [3, MAX, false],
  [MAX - 5, 2 ** 31 - 10, true],
  [2 ** 31 + 2, 3, false],
  [2 ** 31 + 4, 3, true],
  [2, 3, true],
  [0, MAX, true],
  [2, MAX, true],
];

for (const [a, b, expected] of TABLE) {
  Deno.test(`xidPrecedes(${a}, ${b}) is ${expected}`, () => {
    assertEquals(xidPrecedes(a, b), expected);
  });
}
