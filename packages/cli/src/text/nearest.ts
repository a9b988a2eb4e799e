/**
 * Finds the words that were probably meant by a misspelled one: those that begin with it, or
 * else those nearest to it, at most two edits away, or one if it is short.
 *
 * @param word The misspelled word.
 * @param candidates The words that exist.
 * @returns The nearest ones, in the order of `candidates`; usually none or one.
 */
export function nearestTo(
  word: string,
  candidates: readonly string[],
): string[] {
  const begun = candidates.filter((one) => one.startsWith(word));
  if (word.length >= 3 && begun.length > 0) return begun;
  const distances = candidates.map((one) =>
    editDistance(word.toLowerCase(), one.toLowerCase())
  );
  const least = Math.min(...distances);
  return least <= (word.length < 6 ? 1 : 2)
    ? candidates.filter((_, i) => distances[i] === least)
    : [];
}

/**
 * Counts the letters to insert, remove, replace or swap with their neighbour that turn one word
 * into another.
 */
export function editDistance(from: string, to: string): number {
  // The rows of the table for the beginnings of `from`; only the last two are needed.
  let before: number[] = [];
  let last = Array.from({ length: to.length + 1 }, (_, j) => j);
  for (let i = 1; i <= from.length; i++) {
    const row = [i];
    for (let j = 1; j <= to.length; j++) {
      const isSame = from[i - 1] === to[j - 1];
      let least = Math.min(
        last[j]! + 1,
        row[j - 1]! + 1,
        last[j - 1]! + (isSame ? 0 : 1),
      );
      if (
        i > 1 && j > 1 && from[i - 1] === to[j - 2] && from[i - 2] === to[j - 1]
      ) {
        least = Math.min(least, before[j - 2]! + 1);
      }
      row.push(least);
    }
    before = last;
    last = row;
  }
  return last[to.length]!;
}

/** Returns a question for a misspelled word, such as `; did you mean --table?`, or nothing. */
export function didYouMean(words: readonly string[]): string {
  return words.length === 0 ? "" : `; did you mean ${words.join(" or ")}?`;
}
