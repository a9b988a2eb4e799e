import type { Mutant } from "./mutant.ts";
import { checkSyntax, plant } from "./plant.ts";

/** How a run of tests ended. */
export type TestOutcome = "passed" | "failed" | "hung";

const ROOT = new URL("../../", import.meta.url).pathname;

/** A copy of the repository's sources and tests in a temporary folder. */
export class Checkout {
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  /** Copies the files as they are in the working tree. */
  static async create(): Promise<Checkout> {
    const folder = await Deno.makeTempDir({ prefix: "walbrook_mutants_" });
    for (const path of await listFiles()) {
      const target = `${folder}/${path}`;
      await Deno.mkdir(target.slice(0, target.lastIndexOf("/")), {
        recursive: true,
      });
      await Deno.copyFile(`${ROOT}${path}`, target).catch((error) => {
        // A deleted file that is still in Git's index.
        if (!(error instanceof Deno.errors.NotFound)) throw error;
      });
    }
    return new Checkout(folder);
  }

  /** Runs test files until the first failure, or stops them after a time. */
  async run(tests: readonly string[], limitMs: number): Promise<TestOutcome> {
    const limit = AbortSignal.timeout(limitMs);
    const { success } = await new Deno.Command(Deno.execPath(), {
      args: ["test", "-A", "--no-check", "--quiet", "--fail-fast", ...tests],
      cwd: this.#folder,
      stdin: "null",
      stdout: "null",
      stderr: "null",
      signal: limit,
    }).output();
    if (success) return "passed";
    return limit.aborted ? "hung" : "failed";
  }

  /**
   * Runs the tests of a mutant with its change, and restores the source.
   *
   * @throws {Error} If the change does not apply, or is no valid TypeScript.
   */
  async runWith(mutant: Mutant, limitMs: number): Promise<TestOutcome> {
    const path = `${this.#folder}/${mutant.file}`;
    const source = await Deno.readTextFile(path);
    const changed = plant(source, mutant);
    checkSyntax(changed);
    await Deno.writeTextFile(path, changed);
    try {
      return await this.run(mutant.tests, limitMs);
    } finally {
      await Deno.writeTextFile(path, source);
    }
  }

  /** Removes the folder. */
  async remove(): Promise<void> {
    await Deno.remove(this.#folder, { recursive: true });
  }
}

async function listFiles(): Promise<string[]> {
  const { stdout } = await new Deno.Command("git", {
    args: [
      ...["ls-files", "-z", "--cached", "--others", "--exclude-standard"],
      // The servers of tests are started by examples/demo/.
      ...["src", "tests", "examples", "mod.ts", "deno.json"],
    ],
    cwd: ROOT,
  }).output();
  return new TextDecoder().decode(stdout).split("\0").filter(Boolean);
}
