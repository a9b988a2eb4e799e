import { buildSite } from "../../site/build.ts";
import { assert, assertEquals } from "@std/assert";
import MiniSearch from "minisearch";
import { dirname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

Deno.test("the documentation's site is whole in itself", async (t) => {
  const folder = await Deno.makeTempDir();
  try {
    await buildSite(folder, { reference: false });
    const pages = await pagesIn(folder);

    await t.step("every page of docs/ is in it", async () => {
      for await (const { name } of Deno.readDir(join(ROOT, "docs"))) {
        if (!name.endsWith(".md")) continue;
        assert(pages.has(name.replace(/md$/, "html")), `${name} is missing`);
      }
    });

    await t.step("every link and anchor resolves", async () => {
      const broken: string[] = [];
      for (const [page, html] of pages) {
        for (const target of attributes(html, "href")) {
          if (/^https:/.test(target)) continue;
          const [path = "", anchor] = target.split("#");
          const file = path === ""
            ? page
            : normalize(join(dirname(page), path));
          const there = pages.get(file) ??
            await Deno.readTextFile(join(folder, file)).catch(() => null);
          const isThere = there !== null &&
            (anchor === undefined || there.includes(`id="${anchor}"`));
          if (!isThere) broken.push(`${page}: ${target}`);
        }
      }
      assertEquals(broken, []);
    });

    await t.step("nothing is loaded from elsewhere", () => {
      for (const [page, html] of pages) {
        const loaded = [
          ...attributes(html, "src"),
          ...[...html.matchAll(/<link rel="[^"]*" href="([^"]*)"/g)]
            .map(([, href = ""]) => href),
        ];
        assert(loaded.length > 0);
        for (const source of loaded) {
          assert(!/^([a-z]+:|\/\/)/.test(source), `${page} loads ${source}`);
        }
      }
    });

    await t.step("the search finds a heading, and leads to it", async () => {
      const index = MiniSearch.loadJSON(
        await Deno.readTextFile(join(folder, "index.json")),
        {
          fields: ["heading", "page", "text"],
          storeFields: ["url", "page", "heading"],
        },
      );
      const [first] = index.search("slot lost", { boost: { heading: 3 } });
      assertEquals(first?.url, "runbooks.html#slot-lost");
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

async function pagesIn(folder: string): Promise<ReadonlyMap<string, string>> {
  const pages = new Map<string, string>();
  for await (const { name } of Deno.readDir(folder)) {
    if (name.endsWith(".html")) {
      pages.set(name, await Deno.readTextFile(join(folder, name)));
    }
  }
  return pages;
}

function attributes(html: string, name: string): readonly string[] {
  return [...html.matchAll(RegExp(` ${name}="([^"]*)"`, "g"))]
    .map(([, value = ""]) => value);
}
