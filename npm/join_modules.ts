import { join, relative } from "node:path";
import { type Plugin, rollup } from "rollup";

/**
 * The files that modules are joined in, each with the modules from which its imports are
 * followed. `core` has what the main module imports. `usual` has what `import()` loads for every
 * subscription, or for a connection by a URL or an object. `sockets` has those of Node and Bun.
 * They are separate, because a bundler drops unused parts of `core`, but keeps all of a file that
 * `import()` loads.
 */
const JOINED: Readonly<Record<string, readonly string[]>> = {
  core: ["mod.js"],
  usual: [
    "src/connection/connection_string.js",
    "src/connection/option_keywords.js",
    "src/subscription/decoding.js",
  ],
  sockets: ["src/socket/node.js", "src/socket/bun.js"],
};

/**
 * Joins the modules of a built package into few files, because a runtime takes longer to find
 * and open many small modules than to compile their code. Code that few programs need stays
 * behind its `import()`, and is shared by the entries that use it. Declarations stay where they
 * are.
 *
 * @param folder The package, with a module and a source map for each source.
 * @param entries The modules that its users import, as paths from the folder.
 * @param sources The folder of the sources.
 */
export async function joinModules(
  folder: string,
  entries: readonly string[],
  sources: string,
): Promise<void> {
  const bundle = await rollup({
    input: entries.map((path) => join(folder, path)),
    external: /^(?:node|cloudflare):/,
    plugins: [modulesIn(folder)],
    preserveEntrySignatures: "strict",
    onLog: (_, { code, message }) => {
      // A module of types.
      if (code === "EMPTY_BUNDLE") return;
      throw new Error(`Cannot join the modules of ${folder}: ${message}`);
    },
  });
  const chunkOf = new Map<string, string>();
  const { output } = await bundle.generate({
    format: "es",
    dir: folder,
    sourcemap: true,
    entryFileNames: ({ facadeModuleId }) =>
      relative(folder, facadeModuleId ?? "").replaceAll("\\", "/"),
    chunkFileNames: "chunks/[name].js",
    // As if the sources lay beside their declarations.
    sourcemapPathTransform: (path, map) => {
      const source = relative(sources, join(map, "..", path));
      return relative(join(map, ".."), join(folder, source));
    },
    minifyInternalExports: false,
    hoistTransitiveImports: false,
    generatedCode: "es2015",
    manualChunks(id, { getModuleInfo }) {
      if (chunkOf.size === 0) {
        for (const [name, roots] of Object.entries(JOINED)) {
          const reached = new Set(roots.map((path) => join(folder, path)));
          // A set also gives what is added while it is read.
          for (const path of reached) {
            if (!chunkOf.has(path)) chunkOf.set(path, name);
            getModuleInfo(path)?.importedIds.forEach((next) =>
              reached.add(next)
            );
          }
        }
      }
      return chunkOf.get(id) ?? null;
    },
  });
  await bundle.close();
  await removeModules(folder);
  for (const file of output) {
    const path = join(folder, file.fileName);
    await Deno.mkdir(join(path, ".."), { recursive: true });
    await Deno.writeTextFile(
      path,
      file.type === "asset" ? `${file.source}` : file.code,
    );
  }
}

// The modules as the compiler wrote them, each with its source map.
function modulesIn(folder: string): Plugin {
  return {
    name: "modules",
    resolveId(specifier, importer) {
      if (!specifier.startsWith(".")) return null;
      return join(importer ?? folder, "..", specifier);
    },
    async load(path) {
      const code = await Deno.readTextFile(path);
      const map = JSON.parse(await Deno.readTextFile(`${path}.map`));
      return { code: code.replace(/^\/\/# sourceMappingURL=.*$/m, ""), map };
    },
  };
}

async function removeModules(folder: string): Promise<void> {
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    const path = join(folder, name);
    if (isDirectory) await removeModules(path);
    else if (/\.js(?:\.map)?$/.test(name)) await Deno.remove(path);
  }
}
