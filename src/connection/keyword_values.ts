/**
 * Reads the value of a keyword that must be one of a few words.
 *
 * @param name The keyword.
 * @param text Its value; `undefined` or empty for the first of the words.
 * @param words The words.
 * @throws {TypeError} If the value is not one of them.
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
 * @returns Milliseconds; `undefined` if there is no value.
 * @throws {RangeError} If it is not a valid number.
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

/**
 * Finds the word that was probably intended. The result never contains the text itself: if
 * the connection string is malformed, it may be a password.
 *
 * @param text The given text.
 * @param words The existing words.
 * @returns `; did you mean "…"?`, or nothing if no word is similar.
 */
export function suggestion(text: string, words: readonly string[]): string {
  const wanted = text.toLowerCase();
  const near = words.find((word) => word.toLowerCase() === wanted) ??
    words.find((word) =>
      distance(wanted, word.toLowerCase()) <=
        Math.min(2, Math.floor(word.length / 2))
    );
  return near === undefined ? "" : `; did you mean "${near}"?`;
}

// The number of letters to change, add or remove (Levenshtein). Long texts are never similar
// to short words.
function distance(a: string, b: string): number {
  if (Math.abs(a.length - b.length) > 2) return Infinity;
  let previous = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1;
      row.push(
        Math.min(row[j - 1]! + 1, previous[j]! + 1, previous[j - 1]! + cost),
      );
    }
    previous = row;
  }
  return previous[b.length]!;
}
