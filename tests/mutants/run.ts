/**
 * Plants each mutant of `mutants.ts` in a copy of the repository, runs its tests there, and
 * names the mutants that no test notices.
 *
 *     deno task mutants             all of them
 *     deno task mutants ledger      those whose file or description has that word
 *
 * Exits with 1 if a mutant survives, or if its place in the source is gone.
 */
import type { Mutant } from "./mutant.ts";
import { MUTANTS } from "./mutants.ts";

/** A hanging test notices a mutant, too. */
const PATIENCE_MS = 60_000;

const root = new URL("../../", import.meta.url).pathname;
const wanted = MUTANTS.filter(({ file, breaks }) =>
  Deno.args.every((word) => file.includes(word) || breaks.includes(word))
);
const copy = await Deno.makeTempDir({ prefix: "walbrook_mutants_" });
try {
  await copyRepository(copy);
  const tests = [...new Set(wanted.flatMap(({ tests }) => tests))];
  if (tests.length > 0 && !await passes(tests, copy)) {
    throw new Error("Cannot judge mutants: the tests fail without any");
  }
  let failures = 0;
  for (const mutant of wanted) {
    const verdict = await judge(mutant, copy);
    if (verdict !== "noticed") failures++;
    console.log(`${verdict.padEnd(8)} ${mutant.file}: ${mutant.breaks}`);
  }
  console.log(`${wanted.length - failures} noticed, ${failures} not`);
  if (failures > 0 || wanted.length === 0) Deno.exitCode = 1;
} finally {
  await Deno.remove(copy, { recursive: true });
}

async function judge(
  { file, from, to, tests }: Mutant,
  folder: string,
): Promise<"noticed" | "SURVIVES" | "GONE"> {
  const path = `${folder}/${file}`;
  const source = await Deno.readTextFile(path).catch(() => "");
  if (source.split(from).length !== 2) return "GONE";
  await Deno.writeTextFile(path, source.replace(from, () => to));
  try {
    return await passes(tests, folder) ? "SURVIVES" : "noticed";
  } finally {
    await Deno.writeTextFile(path, source);
  }
}

async function passes(
  tests: readonly string[],
  cwd: string,
): Promise<boolean> {
  const { success } = await new Deno.Command(Deno.execPath(), {
    args: ["test", "-A", "--no-check", "--quiet", ...tests],
    cwd,
    stdout: "null",
    stderr: "null",
    signal: AbortSignal.timeout(PATIENCE_MS),
  }).output();
  return success;
}

async function copyRepository(folder: string): Promise<void> {
  const { stdout } = await new Deno.Command("git", {
    args: [
      ...["ls-files", "-z", "--cached", "--others", "--exclude-standard"],
      ...["src", "tests", "mod.ts", "deno.json"],
    ],
    cwd: root,
  }).output();
  const paths = new TextDecoder().decode(stdout).split("\0").filter(Boolean);
  for (const path of paths) {
    const target = `${folder}/${path}`;
    await Deno.mkdir(target.slice(0, target.lastIndexOf("/")), {
      recursive: true,
    });
    await Deno.copyFile(`${root}${path}`, target).catch((error) => {
      // A file that is deleted, and still known to git.
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    });
  }
}
