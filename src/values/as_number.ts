import { parseFloatingPoint } from "./text/parse_number.ts";

/**
 * Converts a value to a `number`: for `int8`, which is a `bigint` by default, and `numeric`,
 * which is text. A value that a `number` can't represent exactly (integers beyond 2^53, most
 * decimal fractions) is rounded. Beyond 1.8e308 it throws, so that a subscription delivers
 * the text.
 *
 * @example
 * ```ts
 * import { asNumber } from "@walbrook/walbrook";
 * import { assertEquals } from "@std/assert";
 *
 * const types = { int8: asNumber }; // an option of `subscribe()`
 * assertEquals(types.int8("42"), 42);
 * assertEquals(types.int8("9007199254740993"), 9007199254740992);
 * ```
 *
 * @param text The server's text for a number, including `NaN` and `Infinity`.
 * @returns The nearest number.
 * @throws {SyntaxError} If the text is not a number.
 * @throws {RangeError} If the number is outside of the range of `number`.
 *
 * @category Values
 */
export function asNumber(text: string): number {
  const value = parseFloatingPoint(text);
  if (Number.isFinite(value) || !/\d/.test(text)) return value;
  throw new RangeError(
    `Cannot read ${
      text.slice(0, 100)
    } as a number of JavaScript: it is beyond 1.8e308; read it as text`,
  );
}
