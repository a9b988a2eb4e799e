import { join } from "node:path";
import { fileURLToPath } from "node:url";
import manifest from "../packages/cli/deno.json" with { type: "json" };
import descriptions from "./descriptions.json" with { type: "json" };
import { ENGINES } from "./engines.ts";
import { LINKS } from "./links.ts";
import { fetchPackage, platform } from "../tests/runtimes/binaries.ts";

const ROOT = fileURLToPath(new URL("../", import.meta.url));
const ESBUILD = "0.28.2";

/**
 * Makes the package for npm: one program without dependencies, in parts that its commands
 * load when they run.
 *
 * @param target The folder to fill.
 */
export async function buildCli(target: string): Promise<void> {
  await Deno.mkdir(target, { recursive: true });
  const root: { exports: Record<string, string> } = JSON.parse(
    await Deno.readTextFile(join(ROOT, "deno.json")),
  );
  const own = Object.entries(root.exports).map(([name, path]) =>
    `--alias:@walbrook/walbrook${name.slice(1)}=${join(ROOT, path)}`
  );
  const system = platform().replace("windows", "win32");
  const folder = await fetchPackage(`@esbuild/${system}@${ESBUILD}`);
  const file = Deno.build.os === "windows" ? "esbuild.exe" : "bin/esbuild";
  const { success, stderr } = await new Deno.Command(join(folder, file), {
    args: [
      join(ROOT, "packages/cli/mod.ts"),
      ...["--bundle", "--splitting", "--format=esm", "--platform=node"],
      ...["--target=node20", "--log-level=warning", `--outdir=${target}`],
      ...["--out-extension:.js=.mjs", "--entry-names=walbrook"],
      "--chunk-names=parts/[name]-[hash]",
      // The program always is the main module.
      ...["--define:import.meta.main=true", "--banner:js=#!/usr/bin/env node"],
      ...own,
      `--alias:@std/cli/parse-args=${await standardModule()}`,
      "--external:cloudflare:*",
    ],
    cwd: ROOT,
  }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
  await Deno.chmod(join(target, "walbrook.mjs"), 0o755);
  for (const name of ["LICENSE", "packages/cli/README.md"]) {
    const to = join(target, name.split("/").at(-1) ?? name);
    await Deno.copyFile(join(ROOT, name), to);
  }
  await Deno.writeTextFile(
    join(target, "package.json"),
    `${JSON.stringify(packageJson(), null, 2)}\n`,
  );
}

function packageJson(): Record<string, unknown> {
  const { name, version, license } = manifest;
  return {
    ...{ name, version, license },
    ...descriptions["@walbrook/cli"],
    ...LINKS,
    type: "module",
    bin: { walbrook: "walbrook.mjs" },
    files: ["walbrook.mjs", "parts"],
    engines: ENGINES,
    publishConfig: { access: "public", provenance: true },
  };
}

// The real one where Deno has it, or the stand-in.
async function standardModule(): Promise<string> {
  const standIn = join(ROOT, "tests/std/cli/parse_args.ts");
  const { isFile } = await Deno.stat(standIn).catch(() => ({ isFile: false }));
  if (isFile) return standIn;
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["info", "--json", "@std/cli/parse-args"],
    cwd: ROOT,
  }).output();
  const info: {
    roots: string[];
    modules: { specifier: string; local: string }[];
  } = JSON.parse(new TextDecoder().decode(stdout));
  const found = info.modules.find((one) =>
    one.specifier.endsWith("/parse_args.ts")
  );
  if (found === undefined) throw new Error("Cannot find @std/cli");
  return found.local;
}
