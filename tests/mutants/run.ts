/**
 * Plants each mutant of `mutants.ts` in a copy of the repository, runs its tests there, and
 * names the mutants that no test notices.
 *
 *     deno task mutants             all of them
 *     deno task mutants ledger      those whose file or description has that word
 *
 * Several copies work side by side: one for each processor, or as many as `DENO_JOBS` says.
 * Mutants with the fastest tests come first. Exits with 1 if a mutant survives or does not
 * apply, or if the tests fail without any mutant.
 *
 * @module
 */
import { Checkout } from "./checkout.ts";
import type { Mutant } from "./mutant.ts";
import { MUTANTS } from "./mutants.ts";

/** The time limit of a test file without mutants. */
const LIMIT_MS = 120_000;
/** A mutant's tests hang if they take this many times longer than without it. */
const HANGS_AFTER = 10;
/** Tests may always take this long. */
const MIN_LIMIT_MS = 20_000;

const start = Date.now();
const wanted = MUTANTS.filter(({ file, breaks }) =>
  Deno.args.every((word) => file.includes(word) || breaks.includes(word))
);
const checkouts = await Promise.all(
  Array.from({ length: countJobs() }, () => Checkout.create()),
);
try {
  Deno.exitCode = await judgeAll() ? 0 : 1;
} finally {
  await Promise.all(checkouts.map((checkout) => checkout.remove()));
}

/** Judges every mutant, prints each verdict and a summary, and returns whether all is well. */
async function judgeAll(): Promise<boolean> {
  if (wanted.length === 0) {
    console.log("No mutant has all of these words");
    return false;
  }
  const times = await timeTests();
  if (times === null) return false;
  const timeOf = ({ tests }: Mutant) =>
    tests.reduce((sum, test) => sum + (times.get(test) ?? 0), 0);
  const complaints: string[] = [];
  let done = 0;
  await shareOut(
    wanted.toSorted((a, b) => timeOf(a) - timeOf(b)),
    async (checkout, mutant) => {
      const limitMs = Math.max(MIN_LIMIT_MS, HANGS_AFTER * timeOf(mutant));
      const verdict = await judge(checkout, mutant, limitMs);
      const line = `${verdict}: ${mutant.file}: ${mutant.breaks}`;
      console.log(`[${++done}/${wanted.length}] ${line}`);
      if (!verdict.startsWith("noticed")) complaints.push(line);
    },
  );
  summarize(complaints);
  return complaints.length === 0;
}

async function judge(
  checkout: Checkout,
  mutant: Mutant,
  limitMs: number,
): Promise<string> {
  try {
    const outcome = await checkout.runWith(mutant, limitMs);
    if (outcome === "passed") return "SURVIVES";
    return outcome === "hung" ? "noticed, by a test that hangs" : "noticed";
  } catch (error) {
    return `DOES NOT APPLY (${error instanceof Error ? error.message : error})`;
  }
}

/** Returns how long each test file takes without mutants, or `null` if one fails. */
async function timeTests(): Promise<Map<string, number> | null> {
  const times = new Map<string, number>();
  const failures: string[] = [];
  const tests = new Set(wanted.flatMap(({ tests }) => tests));
  await shareOut([...tests], async (checkout, test) => {
    const begun = performance.now();
    const outcome = await checkout.run([test], LIMIT_MS);
    times.set(test, performance.now() - begun);
    if (outcome !== "passed") failures.push(`${test} ${outcome}`);
  });
  for (const failure of failures) {
    console.log(`Cannot judge mutants: without any, ${failure}`);
  }
  return failures.length === 0 ? times : null;
}

function summarize(complaints: readonly string[]): void {
  const seconds = Math.round((Date.now() - start) / 1000);
  const noticed = wanted.length - complaints.length;
  console.log(
    `\n${wanted.length} mutants: ${noticed} noticed, ${complaints.length} not (${seconds} s)`,
  );
  for (const complaint of complaints) console.log(`  ${complaint}`);
}

/** Hands each item to the next checkout that is free. */
async function shareOut<T>(
  items: readonly T[],
  work: (checkout: Checkout, item: T) => Promise<void>,
): Promise<void> {
  const next = items[Symbol.iterator]();
  await Promise.all(checkouts.map(async (checkout) => {
    for (const item of next) await work(checkout, item);
  }));
}

function countJobs(): number {
  const wished = Number(Deno.env.get("DENO_JOBS"));
  return wished >= 1 ? Math.floor(wished) : navigator.hardwareConcurrency;
}
