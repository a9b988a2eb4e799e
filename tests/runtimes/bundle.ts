import { join } from "node:path";
import { fetchPackage, platform } from "./binaries.ts";

const RELEASE = "0.28.2";

/** What came of bundling. */
export interface Bundle {
  /** The module. */
  readonly code: string;
  /** How many bytes of it come from which file, by path from the repository's root. */
  readonly inputs: ReadonlyMap<string, number>;
}

/**
 * Bundles a module for Workers into one file, as a Worker's deployment does.
 *
 * @param entry Its file.
 * @param options Whether to make it as small as can be.
 */
export async function bundle(
  entry: string,
  options: { readonly minify?: boolean } = {},
): Promise<Bundle> {
  const folder = await fetchPackage(
    `@esbuild/${platform().replace("windows", "win32")}@${RELEASE}`,
  );
  const windows = Deno.build.os === "windows";
  const target = await Deno.makeTempDir();
  const root = new URL("../../", import.meta.url);
  try {
    const { success, stderr } = await new Deno.Command(
      join(folder, windows ? "esbuild.exe" : "bin/esbuild"),
      {
        args: [
          entry,
          ...["--bundle", "--format=esm", "--log-level=warning"],
          ...(options.minify ? ["--minify"] : []),
          ...["--external:cloudflare:*", "--external:node:*"],
          `--outfile=${join(target, "bundle.js")}`,
          `--metafile=${join(target, "meta.json")}`,
        ],
        cwd: root,
      },
    ).output();
    if (!success) throw new Error(new TextDecoder().decode(stderr));
    const meta = JSON.parse(await Deno.readTextFile(join(target, "meta.json")));
    const [output] = Object.values<Output>(meta.outputs);
    const inputs = Object.entries(output?.inputs ?? {})
      .map(([path, { bytesInOutput }]) => [path, bytesInOutput] as const);
    return {
      code: await Deno.readTextFile(join(target, "bundle.js")),
      inputs: new Map(inputs),
    };
  } finally {
    await Deno.remove(target, { recursive: true });
  }
}

interface Output {
  readonly inputs: Readonly<Record<string, { readonly bytesInOutput: number }>>;
}
