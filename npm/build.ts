// Makes npm packages of this package and of its sisters in packages/, one folder each.
//
//   deno task npm [--out FOLDER]
//
// Every entry and every declaration keeps its place: `mod.ts` becomes `mod.js` with `mod.d.ts`.
// What the entries of Walbrook itself share is joined in `chunks/`. Source maps lead back to the
// files of this repository.

import { parseArgs } from "@std/cli/parse-args";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { buildCli } from "./build_cli.ts";
import { ENGINES } from "./engines.ts";
import { joinModules } from "./join_modules.ts";
import { LINKS } from "./links.ts";

/** The name on npm of what is `@walbrook/walbrook` on JSR. */
const NPM_NAME = "walbrook";
const JSR_NAME = "@walbrook/walbrook";

/** What the user's program chooses the version of. */
const PEERS: ReadonlySet<string> = new Set(["@opentelemetry/api"]);

/** The folders of the sisters that are libraries. */
const SISTERS = ["nats", "kafka", "otel"];

const ROOT = fileURLToPath(new URL("../", import.meta.url));

/** What this reads of a `deno.json`. */
interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly license?: string;
  readonly exports: string | Readonly<Record<string, string>>;
  readonly imports?: Readonly<Record<string, string>>;
}

/** What differs from package to package in `package.json`. */
interface Description {
  readonly description: string;
  readonly keywords: readonly string[];
}

const DESCRIPTIONS: Readonly<Record<string, Description>> = JSON.parse(
  await Deno.readTextFile(new URL("descriptions.json", import.meta.url)),
);

// The sources are checked elsewhere.
const COMPILER_OPTIONS: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2022,
  lib: [
    "lib.es2023.d.ts",
    "lib.esnext.disposable.d.ts",
    "lib.dom.d.ts",
    "lib.dom.asynciterable.d.ts",
  ],
  module: ts.ModuleKind.ESNext,
  moduleResolution: ts.ModuleResolutionKind.Bundler,
  types: [],
  noCheck: true,
  verbatimModuleSyntax: true,
  isolatedDeclarations: true,
  rewriteRelativeImportExtensions: true,
  declaration: true,
  sourceMap: true,
  inlineSources: true,
  newLine: ts.NewLineKind.LineFeed,
};

/**
 * Builds one package.
 *
 * @param folder The folder that holds its `deno.json`.
 * @param out The folder to write. It is emptied first.
 * @returns The package's name on npm.
 */
export async function buildPackage(
  folder: string,
  out: string,
): Promise<string> {
  const manifest: Manifest = JSON.parse(
    await Deno.readTextFile(join(folder, "deno.json")),
  );
  await Deno.remove(out, { recursive: true }).catch(() => {});
  const entries = typeof manifest.exports === "string"
    ? { ".": manifest.exports }
    : manifest.exports;
  const dependencies = emit(folder, out, Object.values(entries));
  if (manifest.name === JSR_NAME) {
    const modules = Object.values(entries).map((path) =>
      path.replace(/\.ts$/, ".js")
    );
    await joinModules(out, [...new Set(modules)], folder);
  }
  for (const file of ["README.md", "CHANGELOG.md", "LICENSE"]) {
    await copyIfThere(join(folder, file), join(out, file));
  }
  await copyIfThere(join(ROOT, "LICENSE"), join(out, "LICENSE"));
  const json = packageJson(manifest, entries, dependencies);
  await Deno.writeTextFile(
    join(out, "package.json"),
    `${JSON.stringify(json, null, 2)}\n`,
  );
  return npmName(manifest.name);
}

function npmName(name: string): string {
  return name === JSR_NAME ? NPM_NAME : name;
}

// Writes the modules that the entries reach, and tells which packages those import.
function emit(
  folder: string,
  out: string,
  entries: readonly string[],
): ReadonlySet<string> {
  const rootNames = entries.map((entry) => join(folder, entry));
  const options = { ...COMPILER_OPTIONS, rootDir: folder, outDir: out };
  const program = ts.createProgram({ rootNames, options });
  // Comments are for those who read declarations; runtimes only skip them.
  const uncommented = ts.createProgram({
    rootNames,
    options: { ...options, declaration: false, removeComments: true },
    oldProgram: program,
  });
  const write: ts.WriteFileCallback = (path, text, withMark) => {
    ts.sys.writeFile(path, renameImports(text), withMark);
  };
  const problems = [
    ...program.getSyntacticDiagnostics(),
    ...program.getDeclarationDiagnostics(),
    ...program.emit(undefined, write, undefined, true).diagnostics,
    ...uncommented.emit(undefined, write).diagnostics,
  ];
  const [problem] = problems;
  if (problem !== undefined) {
    const text = ts.flattenDiagnosticMessageText(problem.messageText, "\n");
    throw new Error(`Cannot build ${problem.file?.fileName}: ${text}`);
  }
  const dependencies = new Set<string>();
  for (const { fileName, text } of program.getSourceFiles()) {
    if (!fileName.startsWith(folder) || fileName.endsWith(".d.ts")) continue;
    for (const { fileName } of ts.preProcessFile(text).importedFiles) {
      if (!/^(\.|node:|cloudflare:)/.test(fileName)) dependencies.add(fileName);
    }
  }
  return dependencies;
}

// In declarations the compiler leaves `.ts` as it is.
function renameImports(code: string): string {
  return code
    .replaceAll(
      /(\bfrom\s*|\bimport\s*\(?\s*)"(\.{1,2}\/[^"]+)\.ts"/g,
      '$1"$2.js"',
    )
    .replaceAll(
      new RegExp(`(\\bfrom\\s*|\\bimport\\s*\\(\\s*)"${JSR_NAME}(?=["/])`, "g"),
      `$1"${NPM_NAME}`,
    );
}

async function copyIfThere(from: string, to: string): Promise<void> {
  try {
    await Deno.copyFile(from, to);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

function packageJson(
  { name, version, license = "MIT", imports = {} }: Manifest,
  entries: Readonly<Record<string, string>>,
  used: ReadonlySet<string>,
): Readonly<Record<string, unknown>> {
  const description = DESCRIPTIONS[name];
  if (description === undefined) {
    throw new Error(
      `Cannot build ${name}: npm/descriptions.json does not describe it`,
    );
  }
  return {
    name: npmName(name),
    version,
    ...description,
    license,
    ...LINKS,
    type: "module",
    sideEffects: false,
    engines: ENGINES,
    // `default` alone, so that require() finds it too.
    exports: Object.fromEntries([
      ...Object.entries(entries).map(([key, path]) => {
        const target = `./${path.replace(/^\.\//, "").replace(/\.ts$/, "")}`;
        return [key, { types: `${target}.d.ts`, default: `${target}.js` }];
      }),
      ["./package.json", "./package.json"],
    ]),
    ...dependenciesOf(used, imports, version),
    publishConfig: { access: "public", provenance: true },
  };
}

// What a sister imports is a dependency, but Walbrook itself: of that there is to be one.
function dependenciesOf(
  used: ReadonlySet<string>,
  imports: Readonly<Record<string, string>>,
  version: string,
): Readonly<Record<string, unknown>> {
  const dependencies: Record<string, string> = {};
  const peerDependencies: Record<string, string> = {};
  for (const specifier of used) {
    const [name = ""] = /^(?:@[^/]+\/)?[^/]+/.exec(specifier) ?? [];
    if (name === JSR_NAME) {
      peerDependencies[NPM_NAME] = `^${version}`;
      continue;
    }
    const [, range] = /^npm:.+@(.+)$/.exec(imports[name] ?? "") ?? [];
    if (range === undefined) {
      throw new Error(`Cannot tell which version of ${name} npm is to install`);
    }
    (PEERS.has(name) ? peerDependencies : dependencies)[name] = range;
  }
  return {
    ...(Object.keys(dependencies).length > 0 && { dependencies }),
    ...(Object.keys(peerDependencies).length > 0 && { peerDependencies }),
  };
}

/**
 * Builds every package.
 *
 * @param out The folder to write, with a folder for each.
 * @returns The folders.
 */
export async function buildAll(out: string): Promise<readonly string[]> {
  const folders = [join(out, NPM_NAME)];
  await buildPackage(ROOT, join(out, NPM_NAME));
  for (const name of SISTERS) {
    folders.push(join(out, name));
    await buildPackage(join(ROOT, "packages", name), join(out, name));
  }
  folders.push(join(out, "cli"));
  await buildCli(join(out, "cli"));
  return folders;
}

if (import.meta.main) {
  const { out } = parseArgs(Deno.args, {
    string: ["out"],
    default: { out: join(ROOT, "npm/dist") },
  });
  for (const folder of await buildAll(out)) console.log(folder);
}
