import { assertEquals, assertThrows } from "@std/assert";
import { asNumber } from "../../src/values/as_number.ts";

const NUMBERS: readonly [string, number][] = [
  ["0", 0],
  ["-0", -0],
  ["42", 42],
  ["9007199254740993", 9007199254740992],
  ["0.10", 0.1],
  ["1e400", Infinity],
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
