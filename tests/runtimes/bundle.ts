import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { fetchPackage, platform } from "./binaries.ts";

const RELEASE = "0.28.2";
const ROOT = fileURLToPath(new URL("../../", import.meta.url));

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
 * @returns The bundle, one module.
 */
export async function bundle(
  entry: string,
  options: BundleOptions = {},
): Promise<string> {
  // To standard output, where paths of what is left out are those from the root.
  return await esbuild(argumentsFor(entry, options));
}

/**
 * Tells what a bundle is made of.
 *
 * @param entry As for {@linkcode bundle}.
 * @param options As for {@linkcode bundle}.
 * @returns How many bytes of it come from which file.
 */
export async function weigh(
  entry: string,
  options: BundleOptions,
): Promise<Map<string, number>> {
  const { outputs } = await account(entry, options);
  const inputs = Object.values(outputs).flatMap(({ inputs }) =>
    Object.entries(inputs)
  );
  return new Map(
    inputs.map(([path, { bytesInOutput }]) => [path, bytesInOutput]),
  );
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
  const { inputs } = await account(entry, {});
  const atOnce = new Set([entry, ...loaded]);
  for (const path of atOnce) {
    for (const { kind, path: next, external } of inputs[path]?.imports ?? []) {
      if (kind === "import-statement" && !external) atOnce.add(next);
    }
  }
  return Object.keys(inputs).filter((path) => !atOnce.has(path));
}

// esbuild's own account of what it read and wrote.
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

async function account(
  entry: string,
  options: BundleOptions,
): Promise<Account> {
  const target = await Deno.makeTempDir();
  try {
    const metafile = join(target, "meta.json");
    await esbuild([
      ...argumentsFor(entry, options),
      `--outfile=${join(target, "out.js")}`,
      `--metafile=${metafile}`,
    ]);
    return JSON.parse(await Deno.readTextFile(metafile));
  } finally {
    await Deno.remove(target, { recursive: true });
  }
}

function argumentsFor(
  entry: string,
  { minify = false, without = [] }: BundleOptions,
): string[] {
  return [
    entry,
    ...["--bundle", "--format=esm", "--log-level=warning"],
    ...(minify ? ["--minify"] : []),
    "--alias:@walbrook/walbrook/workers=./src/workers.ts",
    ...["--external:cloudflare:*", "--external:node:*"],
    ...without.map((path) => `--external:./${path}`),
  ];
}

async function esbuild(args: readonly string[]): Promise<string> {
  const system = platform().replace("windows", "win32");
  const folder = await fetchPackage(`@esbuild/${system}@${RELEASE}`);
  const file = Deno.build.os === "windows" ? "esbuild.exe" : "bin/esbuild";
  const { success, stdout, stderr } = await new Deno.Command(
    join(folder, file),
    { args: [...args], cwd: ROOT },
  ).output();
  const text = new TextDecoder();
  if (!success) throw new Error(text.decode(stderr));
  return text.decode(stdout);
}

/** How many bytes a text has when it is compressed as HTTP does. */
export async function gzippedLength(text: string): Promise<number> {
  const stream = new Blob([text]).stream()
    .pipeThrough(new CompressionStream("gzip"));
  return (await new Response(stream).bytes()).length;
}
