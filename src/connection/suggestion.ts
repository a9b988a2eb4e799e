/**
 * Finds the word that was probably meant. The text itself is never part of the answer: in a
 * connection string that is put together wrongly it may be a password.
 *
 * @param text What was written.
 * @param words The words that exist.
 * @returns `; did you mean "…"?`, or nothing if no word is near.
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

// How many letters have to be changed, added or left out (Levenshtein). Long texts are no
// near misses of short words.
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
