/**
 * Marsaglia's xorshift with 32 bits: the same numbers in every run.
 *
 * @param seed Where to begin; not 0.
 * @returns Draws a whole number below the one that is given.
 */
export function randomNumbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}
