import { assertEquals } from "@std/assert";
import { dirname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../", import.meta.url));

// Of every Markdown file: no link leads nowhere, within the repository.
Deno.test("every relative link and anchor in Markdown resolves", async () => {
  const broken: string[] = [];
  let count = 0;
  for await (const file of markdownFiles("")) {
    const text = await read(file);
    for (const target of linksIn(text)) {
      count++;
      if (!await resolves(file, target)) broken.push(`${file}: ${target}`);
    }
  }
  assertEquals(broken, []);
  assertEquals(count > 50, true, `only ${count} links were found`);
});

Deno.test("an anchor is made of a heading as GitHub makes it", () => {
  const text =
    "# A `code` — two\n\n```sh\n# no heading\n```\n## Same\n## Same\n";
  assertEquals(anchorsOf(text), new Set(["a-code--two", "same", "same-1"]));
});

async function* markdownFiles(folder: string): AsyncIterable<string> {
  for await (const { name, isDirectory } of Deno.readDir(join(ROOT, folder))) {
    const path = join(folder, name);
    if (isDirectory) {
      if (!/^(\..*|node_modules|dist)$/.test(name)) yield* markdownFiles(path);
    } else if (name.endsWith(".md")) yield path;
  }
}

async function read(file: string): Promise<string> {
  return await Deno.readTextFile(join(ROOT, file));
}

function linksIn(text: string): readonly string[] {
  return [...withoutCode(text).matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target = ""]) => target)
    .filter((target) => !/^[a-z]+:/.test(target));
}

async function resolves(file: string, target: string): Promise<boolean> {
  const [path = "", anchor] = target.split("#");
  const other = path === "" ? file : normalize(join(dirname(file), path));
  try {
    await Deno.stat(join(ROOT, other));
  } catch {
    return false;
  }
  if (anchor === undefined) return true;
  return anchorsOf(await read(other)).has(anchor);
}

function anchorsOf(text: string): ReadonlySet<string> {
  const anchors = new Set<string>();
  const seen = new Map<string, number>();
  for (const [, heading = ""] of withoutBlocks(text).matchAll(/^#+ (.*)$/gm)) {
    const anchor = heading.toLowerCase().trim()
      .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, "$1")
      .replaceAll(/[^\p{L}\p{N}\p{M}_ -]/gu, "")
      .replaceAll(" ", "-");
    const times = seen.get(anchor) ?? 0;
    seen.set(anchor, times + 1);
    anchors.add(times === 0 ? anchor : `${anchor}-${times}`);
  }
  return anchors;
}

function withoutBlocks(text: string): string {
  return text.replaceAll(/^(\s*(?:> )?)```.*?^\1```$/gms, "");
}

function withoutCode(text: string): string {
  return withoutBlocks(text).replaceAll(/`[^`\n]*`/g, "");
}
