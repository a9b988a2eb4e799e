import { join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** Options for {@linkcode transpile}. */
export interface TranspileOptions {
  /**
   * The checkout to take.
   *
   * @default {"this repository"}
   */
  readonly root?: string;
}

/**
 * Makes of the package, and of other modules that use it, what JSR hands to the users
 * of npm: types are stripped, everything else stays, `./x.ts` in an import becomes
 * `./x.js`, and the folder is an ES module package.
 *
 * @param target The folder to fill, with the repository's own tree in it.
 * @param entries Modules to take along with `mod.ts` and `src/`, from the repository's
 * root: files, or folders.
 * @param options Which checkout to take.
 */
export async function transpile(
  target: string,
  entries: readonly string[],
  { root = ROOT }: TranspileOptions = {},
): Promise<void> {
  const files = await Array.fromAsync(
    sources(root, ["mod.ts", "src", ...entries]),
  );
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["transpile", "-q", "--no-check", "--outdir", target, ...files],
    cwd: root,
  }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
  for (const file of files) {
    const path = join(target, file.replace(/\.ts$/, ".js"));
    const code = await Deno.readTextFile(path);
    await Deno.writeTextFile(path, renameImports(code));
  }
  await Deno.writeTextFile(
    join(target, "package.json"),
    JSON.stringify({ type: "module" }),
  );
}

// As the specifiers of the sources are all literal, so are these.
function renameImports(code: string): string {
  return code.replaceAll(
    /(\bfrom\s*|\bimport\s*\(?\s*)"(\.{1,2}\/[^"]+)\.ts"/g,
    '$1"$2.js"',
  );
}

async function* sources(
  root: string,
  paths: readonly string[],
): AsyncIterable<string> {
  for (const path of paths) {
    if (path.endsWith(".ts")) yield path;
    else yield* filesIn(root, path);
  }
}

async function* filesIn(root: string, folder: string): AsyncIterable<string> {
  for await (const entry of Deno.readDir(join(root, folder))) {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory) yield* filesIn(root, path);
    else if (path.endsWith(".ts")) yield path;
  }
}
