import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { fetchPackage, platform } from "./binaries.ts";

const RELEASE = "0.28.2";
const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** A bundle: one file. */
export interface Bundle {
  /** The module. */
  readonly code: string;
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
   * Modules to leave out.
   *
   * @default {[]}
   */
  readonly without?: readonly string[];
}

/**
 * Bundles a module for Workers, as a deployment does.
 *
 * @param entry Its file, from the repository's root.
 * @param options How.
 */
export async function bundle(
  entry: string,
  { minify = false, without = [] }: BundleOptions = {},
): Promise<Bundle> {
  const { code, outputs } = await esbuild([
    entry,
    ...(minify ? ["--minify"] : []),
    ...without.map((path) => `--external:./${path}`),
  ]);
  const inputs = Object.entries(Object.values(outputs)[0]?.inputs ?? {})
    .map(([path, { bytesInOutput }]) => [path, bytesInOutput] as const);
  return { code, inputs: new Map(inputs) };
}

/**
 * Tells which modules are loaded later on: those that only an `import()` leads to.
 *
 * @param entry What is loaded at once, with all that it imports: a file, from the
 * repository's root.
 * @param loaded Modules whose `import()` has run already.
 * @returns Their files.
 */
export async function loadedLater(
  entry: string,
  loaded: readonly string[] = [],
): Promise<string[]> {
  const { inputs } = await esbuild([entry]);
  const atOnce = new Set([entry, ...loaded]);
  for (const path of atOnce) {
    for (const { kind, path: next, external } of inputs[path]?.imports ?? []) {
      if (kind === "import-statement" && !external) atOnce.add(next);
    }
  }
  return Object.keys(inputs).filter((path) => !atOnce.has(path));
}

// Of esbuild's own account of what it read and wrote.
interface Account {
  readonly inputs: Readonly<Record<string, { readonly imports: Import[] }>>;
  readonly outputs: Readonly<Record<string, Output>>;
}

interface Import {
  readonly path: string;
  readonly kind: "import-statement" | "dynamic-import";
  readonly external?: boolean;
}

interface Output {
  readonly inputs: Readonly<Record<string, { readonly bytesInOutput: number }>>;
}

async function esbuild(
  args: readonly string[],
): Promise<Account & { readonly code: string }> {
  const system = platform().replace("windows", "win32");
  const folder = await fetchPackage(`@esbuild/${system}@${RELEASE}`);
  const file = Deno.build.os === "windows" ? "esbuild.exe" : "bin/esbuild";
  const target = await Deno.makeTempDir();
  try {
    const { success, stderr } = await new Deno.Command(join(folder, file), {
      args: [
        ...args,
        ...["--bundle", "--format=esm", "--log-level=warning"],
        "--alias:@walbrook/walbrook/workers=./src/workers.ts",
        ...["--external:cloudflare:*", "--external:node:*"],
        `--outfile=${join(target, "out.js")}`,
        `--metafile=${join(target, "meta.json")}`,
      ],
      cwd: ROOT,
    }).output();
    if (!success) throw new Error(new TextDecoder().decode(stderr));
    return {
      ...JSON.parse(await Deno.readTextFile(join(target, "meta.json"))),
      code: await Deno.readTextFile(join(target, "out.js")),
    };
  } finally {
    await Deno.remove(target, { recursive: true });
  }
}

/** How many bytes a text has when it is compressed as HTTP does. */
export async function gzippedLength(text: string): Promise<number> {
  const stream = new Blob([text]).stream()
    .pipeThrough(new CompressionStream("gzip"));
  return (await new Response(stream).bytes()).length;
}
