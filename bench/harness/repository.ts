import { run } from "./runtimes.ts";

/** The folder of this checkout. */
export const ROOT: string = new URL("../../", import.meta.url).pathname;

/** The measured commit, and the commit of the benches. */
const MEASURED: readonly string[] = ["mod.ts", "src", "bench"];

/**
 * Names the last commit that changed what is measured, with "+" behind it if files of that
 * have been changed since. Commits to the documentation, and what `--publish` writes into
 * it, don't count: a run can be resumed behind them.
 */
export async function revisionOf(): Promise<string> {
  const git = (...args: readonly string[]) =>
    run(["git", ...args, "--", ...MEASURED], ROOT);
  try {
    const commit = await git("log", "-1", "--format=%h");
    const changes = await git("status", "--porcelain");
    return changes === "" ? commit : `${commit}+`;
  } catch {
    return "unknown";
  }
}

/** The folder of the results, which is made where it is missing. */
export async function folderOfResults(): Promise<string> {
  const folder = `${ROOT}.bench`;
  await Deno.mkdir(folder, { recursive: true });
  return folder;
}

/**
 * Takes a commit of this repository out into a folder.
 *
 * @param revision A commit, as Git names it.
 * @param folder The folder to make.
 * @throws {Error} If there is no such commit.
 */
export async function checkOut(
  revision: string,
  folder: string,
): Promise<void> {
  await Deno.mkdir(folder);
  const archive = `${folder}.tar`;
  await run(["git", "archive", "-o", archive, revision], ROOT);
  await run(["tar", "-xf", archive, "-C", folder], ROOT);
  await Deno.remove(archive);
}
