import { run } from "./runtimes.ts";

/** The folder of this checkout. */
export const ROOT: string = new URL("../../", import.meta.url).pathname;

/** Names the commit of this checkout, with "+" behind it if files have been changed. */
export async function revisionOf(): Promise<string> {
  try {
    const commit = await run(["git", "rev-parse", "--short", "HEAD"], ROOT);
    const changes = await run(["git", "status", "--porcelain"], ROOT);
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
