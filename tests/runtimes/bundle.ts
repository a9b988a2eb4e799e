import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { fetchPackage, platform } from "./binaries.ts";

const RELEASE = "0.28.2";
const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** One file of a bundle. */
export interface Chunk {
  /** Its name. */
  readonly name: string;
  /** The module. */
  readonly code: string;
  /** Whether it is loaded with the first one, not by an `import()` later on. */
  readonly isEager: boolean;
  /** How many bytes of it come from which file, by path from the repository's root. */
  readonly inputs: ReadonlyMap<string, number>;
}

/** How to bundle. */
export interface BundleOptions {
  /**
   * Whether to make it as small as can be.
   *
   * @default {false}
   */
  readonly minify?: boolean;
  /**
   * Whether what is imported with `import()` stays in files of its own.
   *
   * @default {false}
   */
  readonly split?: boolean;
}

/**
 * Bundles a module for Workers, as a deployment does.
 *
 * @param entry Its file, from the repository's root.
 * @param options How.
 * @returns The files, the entry's first.
 */
export async function bundle(
  entry: string,
  { minify = false, split = false }: BundleOptions = {},
): Promise<readonly [Chunk, ...Chunk[]]> {
  const target = await Deno.makeTempDir();
  const metafile = join(target, "meta.json");
  try {
    await esbuild([
      entry,
      ...["--bundle", "--format=esm", "--log-level=warning"],
      ...(minify ? ["--minify"] : []),
      ...(split ? ["--splitting"] : []),
      "--alias:@walbrook/walbrook/workers=./src/workers.ts",
      ...["--external:cloudflare:*", "--external:node:*"],
      `--outdir=${join(target, "out")}`,
      `--metafile=${metafile}`,
    ]);
    const { outputs } = JSON.parse(await Deno.readTextFile(metafile));
    return await readChunks(new Map(Object.entries<Output>(outputs)));
  } finally {
    await Deno.remove(target, { recursive: true });
  }
}

async function esbuild(args: readonly string[]): Promise<void> {
  const system = platform().replace("windows", "win32");
  const folder = await fetchPackage(`@esbuild/${system}@${RELEASE}`);
  const file = Deno.build.os === "windows" ? "esbuild.exe" : "bin/esbuild";
  const { success, stderr } = await new Deno.Command(join(folder, file), {
    args: [...args],
    cwd: ROOT,
  }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
}

// Of esbuild's own account of what it wrote.
interface Output {
  readonly entryPoint?: string;
  readonly imports: readonly {
    readonly path: string;
    readonly kind: "import-statement" | "dynamic-import";
    readonly external?: boolean;
  }[];
  readonly inputs: Readonly<Record<string, { readonly bytesInOutput: number }>>;
}

async function readChunks(
  outputs: ReadonlyMap<string, Output>,
): Promise<readonly [Chunk, ...Chunk[]]> {
  const names = [...outputs.keys()];
  // A module that is loaded later on counts as an entry too.
  const later = new Set(
    [...outputs.values()].flatMap(({ imports }) =>
      imports.filter(({ kind }) => kind === "dynamic-import")
        .map(({ path }) => path)
    ),
  );
  const first =
    names.find((name) =>
      outputs.get(name)?.entryPoint !== undefined && !later.has(name)
    ) ?? "";
  const eager = new Set([first]);
  for (const name of eager) {
    for (const { kind, path, external } of outputs.get(name)?.imports ?? []) {
      if (kind === "import-statement" && !external) eager.add(path);
    }
  }
  const read = async (name: string): Promise<Chunk> => ({
    name: name.slice(name.lastIndexOf("/") + 1),
    code: await Deno.readTextFile(resolve(ROOT, name)),
    isEager: eager.has(name),
    inputs: new Map(
      Object.entries(outputs.get(name)?.inputs ?? {})
        .map(([path, { bytesInOutput }]) => [path, bytesInOutput]),
    ),
  });
  const others = names.filter((name) => name !== first);
  return [await read(first), ...await Promise.all(others.map(read))];
}

/** How many bytes a text has when it is compressed as HTTP does. */
export async function gzippedLength(text: string): Promise<number> {
  const stream = new Blob([text]).stream()
    .pipeThrough(new CompressionStream("gzip"));
  return (await new Response(stream).bytes()).length;
}
