/** A source of whole numbers from 0 up to, but not including, a bound. */
export type Random = (below: number) => number;

/** Marsaglia's xorshift with 32 bits: the same numbers in every run. */
export function xorshift(seed: number): Random {
  let state = seed;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}
