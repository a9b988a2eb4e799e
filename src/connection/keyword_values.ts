import { suggestion } from "./suggestion.ts";

/**
 * Reads the value of a keyword that has to be one of a few words.
 *
 * @param name The keyword.
 * @param text Its value; `undefined` or empty for the first of the words.
 * @param words The words.
 * @throws {TypeError} If the value is none of them.
 */
export function readWord<Word extends string>(
  name: string,
  text: string | undefined,
  words: readonly [Word, ...Word[]],
): Word {
  if (text === undefined || text === "") return words[0];
  const word = words.find((one) => one === text);
  if (word !== undefined) return word;
  throw new TypeError(
    `Cannot use the value of ${name}: it is none of ${words.join(", ")}${
      suggestion(text, words)
    }`,
  );
}

/**
 * Reads the value of a keyword that is a number of seconds.
 *
 * @param name The keyword.
 * @param text Its value.
 * @returns Milliseconds; `undefined` where there is no value.
 * @throws {RangeError} If it is no such number.
 */
export function readSeconds(
  name: string,
  text: string | undefined,
): number | undefined {
  if (text === undefined || text === "") return undefined;
  if (!/^\s*-?\d{1,7}\s*$/.test(text) || Number(text) >= 2 ** 31 / 1000) {
    throw new RangeError(
      `Cannot use the value of ${name}: it is not a whole number of seconds below 2147483`,
    );
  }
  // As in libpq, a negative number means the same as zero: no limit.
  return Math.max(0, Number(text)) * 1000;
}
