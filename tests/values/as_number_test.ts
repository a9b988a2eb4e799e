import { assertEquals, assertThrows } from "@std/assert";
import { asNumber } from "../../src/values/as_number.ts";

const NUMBERS: readonly [string, number][] = [
  ["0", 0],
  ["-0", -0],
  ["42", 42],
  ["9007199254740993", 9007199254740992],
  ["0.10", 0.1],
  ["1e308", 1e308],
  ["NaN", NaN],
  ["-Infinity", -Infinity],
];

for (const [text, expected] of NUMBERS) {
  Deno.test(`asNumber() reads ${text}`, () => {
    assertEquals(asNumber(text), expected);
  });
}

for (const text of ["", " ", "$1.00", "1,000", "t", "{1}"]) {
  Deno.test(`asNumber() refuses ${JSON.stringify(text)}`, () => {
    assertThrows(() => asNumber(text), SyntaxError, "Cannot parse");
  });
}

for (const text of ["1e400", `-1${"0".repeat(309)}.5`]) {
  Deno.test(`asNumber() makes no infinity of ${text.slice(0, 20)}`, () => {
    assertThrows(() => asNumber(text), RangeError, "beyond 1.8e308");
  });
}
