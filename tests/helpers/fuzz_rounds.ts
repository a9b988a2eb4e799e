/**
 * How many rounds a fuzz test makes: as many as fit into every run of the tests, times the
 * variable `WALBROOK_FUZZ` (`deno task fuzz` sets it).
 */
export function fuzzRounds(usual: number): number {
  return usual * Number(Deno.env.get("WALBROOK_FUZZ") ?? 1);
}
