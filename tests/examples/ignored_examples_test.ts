import { assert, assertEquals } from "@std/assert";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Block, blocksOf } from "../newcomer/blocks.ts";

// `deno test --doc` leaves out an example with `ignore`, since it needs a server.

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** An example that imports a file of the reader's own can't be compiled. */
const IMPORTS_OWN_FILE = /\bfrom "\.{1,2}\//;

/** The pages and modules that have examples for users. */
async function* files(folder: string): AsyncIterable<string> {
  for await (const { name, isDirectory } of Deno.readDir(join(ROOT, folder))) {
    const path = join(folder, name);
    if (isDirectory) {
      if (!/^(\..*|node_modules|tests)$/.test(name)) yield* files(path);
    } else if (/\.(?:ts|md)$/.test(name)) yield path;
  }
}

async function* allFiles(): AsyncIterable<string> {
  yield* ["README.md", "mod.ts"];
  for (const folder of ["docs", "src", "packages"]) yield* files(folder);
}

/** The examples of a page, or of the comments of a module. */
function examplesOf(path: string, text: string): readonly Block[] {
  const texts = path.endsWith(".md")
    ? [text]
    : (text.match(/\/\*\*.*?\*\//gs) ?? []).map((comment) =>
      comment.replaceAll(/^ *\* ?/gm, "")
    );
  return texts.flatMap((one) => blocksOf(path, one))
    .filter(({ language }) => language === "ts ignore");
}

Deno.test("every example that is not run compiles", async () => {
  const folder = await Deno.makeTempDir({ prefix: "walbrook_examples_" });
  try {
    let count = 0;
    for await (const path of allFiles()) {
      const text = await Deno.readTextFile(join(ROOT, path));
      for (const { code } of examplesOf(path, text)) {
        if (IMPORTS_OWN_FILE.test(code)) continue;
        const name = `${path.replaceAll("/", "__")}_${++count}.ts`;
        await Deno.writeTextFile(join(folder, name), `${code}export {};\n`);
      }
    }
    assert(count > 50, `only ${count} examples found`);
    const { success, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["check", "--quiet", "--config", join(ROOT, "deno.json"), folder],
      env: { NO_COLOR: "1" },
      stdout: "null",
    }).output();
    assertEquals(success, true, new TextDecoder().decode(stderr));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
