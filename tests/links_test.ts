import { anchorOf } from "../site/anchor.ts";
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
  const seen = new Map<string, number>();
  const headings = withoutBlocks(text).matchAll(/^#+ (.*)$/gm);
  return new Set([...headings].map(([, one = ""]) => anchorOf(one, seen)));
}

function withoutBlocks(text: string): string {
  return text.replaceAll(/^(\s*(?:> )?)```.*?^\1```$/gms, "");
}

function withoutCode(text: string): string {
  return withoutBlocks(text).replaceAll(/`[^`\n]*`/g, "");
}
