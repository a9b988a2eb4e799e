import { parseFloatingPoint } from "./text/parse_number.ts";

/**
 * Makes a `number` of a value: for `int8`, whose values are otherwise `bigint`, and
 * `numeric`, whose values are otherwise text. What a `number` can't hold exactly
 * (integers beyond 2^53, most decimal fractions) is rounded; what is beyond 1.8e308 it
 * does not read, so that a subscription delivers the text.
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
 * @param text The server's text of a number, `NaN` and `Infinity` included.
 * @returns The number that is nearest.
 * @throws {SyntaxError} If the text is no number.
 * @throws {RangeError} If the number is beyond what a `number` can be.
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
