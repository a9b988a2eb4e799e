// Makes a static site of the Markdown and of the documentation in the sources.
//
//   deno task site [--out FOLDER] [--no-reference]
//
// What it writes asks for nothing elsewhere, and may stand in any folder of any server.

import { anchorOf } from "./anchor.ts";
import { parseArgs } from "@std/cli/parse-args";
import { Marked } from "marked";
import MiniSearch from "minisearch";
import { dirname, join, posix } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../", import.meta.url));
const SITE = fileURLToPath(new URL("./", import.meta.url));
const REPOSITORY = "https://github.com/walbrook/walbrook/blob/main/";

interface Section {
  readonly section: string;
  readonly pages: readonly (readonly [path: string, title: string])[];
}

interface Heading {
  readonly depth: number;
  readonly text: string;
  readonly anchor: string;
}

/** A piece of a page, as the search finds it. */
interface Passage {
  readonly id: number;
  readonly url: string;
  readonly page: string;
  readonly heading: string;
  readonly text: string;
}

const SECTIONS: readonly Section[] = JSON.parse(
  await Deno.readTextFile(join(SITE, "pages.json")),
);
const PATHS = new Map(
  SECTIONS.flatMap(({ pages }) => pages.map(([path]) => [path, urlOf(path)])),
);

/**
 * Builds the site.
 *
 * @param out The folder to write. It is emptied first.
 * @param options Whether to add the reference, which takes some seconds.
 */
export async function buildSite(
  out: string,
  { reference = true }: { readonly reference?: boolean } = {},
): Promise<void> {
  await Deno.remove(out, { recursive: true }).catch(() => {});
  await Deno.mkdir(out, { recursive: true });
  const passages: Passage[] = [];
  for (const { pages } of SECTIONS) {
    for (const [path, title] of pages) {
      const url = urlOf(path);
      const target = join(out, url);
      await Deno.mkdir(dirname(target), { recursive: true });
      const page = render(await Deno.readTextFile(join(ROOT, path)), path);
      await Deno.writeTextFile(target, layout(page, url, title, reference));
      for (const passage of page.passages) {
        passages.push({ ...passage, id: passages.length, url, page: title });
      }
      for (const image of page.images) {
        const copy = join(out, image);
        await Deno.mkdir(dirname(copy), { recursive: true });
        await Deno.copyFile(join(ROOT, image), copy);
      }
    }
  }
  for (const file of ["style.css", "search.js"]) {
    await Deno.copyFile(join(SITE, file), join(out, file));
  }
  await Deno.copyFile(
    fileURLToPath(
      new URL("../umd/index.js", import.meta.resolve("minisearch")),
    ),
    join(out, "minisearch.js"),
  );
  await Deno.writeTextFile(join(out, "index.json"), indexOf(passages));
  if (reference) await buildReference(join(out, "reference"));
}

function urlOf(path: string): string {
  return path === "README.md"
    ? "index.html"
    : `${path.replace(/^docs\//, "").replace(/\.md$/, "").toLowerCase()}.html`;
}

interface RenderedPage {
  readonly html: string;
  readonly headings: readonly Heading[];
  readonly passages: readonly Pick<Passage, "heading" | "text">[];
  readonly images: readonly string[];
}

function render(markdown: string, path: string): RenderedPage {
  const headings: Heading[] = [];
  const passages: { heading: string; text: string }[] = [];
  const images: string[] = [];
  const seen = new Map<string, number>();
  const marked = new Marked({
    renderer: {
      heading({ tokens, depth, text }) {
        const anchor = anchorOf(text, seen);
        const html = this.parser.parseInline(tokens);
        headings.push({ depth, text: html, anchor });
        return `<h${depth} id="${anchor}"><a href="#${anchor}">${html}</a></h${depth}>\n`;
      },
      link({ href, tokens }) {
        const html = this.parser.parseInline(tokens);
        return `<a href="${escape(linkFrom(path, href))}">${html}</a>`;
      },
      image({ href, text }) {
        const source = posix.normalize(posix.join(posix.dirname(path), href));
        images.push(source);
        return `<img src="${escape(source)}" alt="${escape(text)}">`;
      },
      table(token) {
        const row = (cells: typeof token.header, tag: string) =>
          `<tr>${
            cells.map(({ tokens }) =>
              `<${tag}>${this.parser.parseInline(tokens)}</${tag}>`
            ).join("")
          }</tr>`;
        return `<div class="table" tabindex="0"><table><thead>${
          row(token.header, "th")
        }</thead><tbody>${
          token.rows.map((cells) => row(cells, "td")).join("")
        }</tbody></table></div>\n`;
      },
    },
  });
  const tokens = marked.lexer(withoutBadges(markdown));
  let passage = { heading: "", text: "" };
  for (const token of tokens) {
    if (token.type === "heading") {
      passage = { heading: plain(token.text), text: "" };
      passages.push(passage);
    } else passage.text += ` ${plain(token.raw)}`;
  }
  return { html: marked.parser(tokens), headings, passages, images };
}

// Removes badges, which are images from other sites.
function withoutBadges(markdown: string): string {
  return markdown.replaceAll(/^\[!\[.*\n/gm, "");
}

function linkFrom(path: string, href: string): string {
  if (/^([a-z]+:|#)/.test(href)) return href;
  const [file = "", anchor] = href.split("#");
  const target = posix.normalize(posix.join(posix.dirname(path), file));
  const url = PATHS.get(target) ?? REPOSITORY + target;
  return anchor === undefined ? url : `${url}#${anchor}`;
}

function plain(markdown: string): string {
  return markdown.replaceAll(/\]\([^)]*\)|[`*_#|[\]]|-{3,}/g, " ")
    .replaceAll(/\s+/g, " ").trim();
}

function layout(
  { html, headings }: RenderedPage,
  url: string,
  title: string,
  hasReference: boolean,
): string {
  const sections = SECTIONS.map(({ section, pages }) =>
    `<h2>${escape(section)}</h2><ul>${
      pages.map(([path, name]) => {
        const target = urlOf(path);
        const current = target === url ? ' aria-current="page"' : "";
        return `<li><a href="${target}"${current}>${escape(name)}</a></li>`;
      }).join("")
    }${
      section === "Reference" && hasReference
        ? '<li><a href="reference/index.html">Every symbol</a></li>'
        : ""
    }</ul>`
  ).join("");
  const contents = headings.filter(({ depth }) => depth === 2)
    .map(({ text, anchor }) => `<li><a href="#${anchor}">${text}</a></li>`)
    .join("");
  const name = url === "index.html"
    ? "Walbrook: change data capture for PostgreSQL in TypeScript"
    : `${title} · Walbrook`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="description" content="Change data capture (CDC) for PostgreSQL in TypeScript: logical replication as a stream of typed events">
<title>${escape(name)}</title>
<link rel="stylesheet" href="style.css">
<script src="minisearch.js" defer></script>
<script src="search.js" defer></script>
</head>
<body>
<a class="skip" href="#content">Skip to the content</a>
<header>
<a class="name" href="index.html">Walbrook</a>
<div class="search" role="search">
<input id="query" type="search" placeholder="Search" aria-label="Search the documentation" aria-controls="results" autocomplete="off">
<ol id="results" aria-live="polite" hidden></ol>
</div>
</header>
<div class="page">
<nav aria-label="Pages">${sections}</nav>
<main id="content">
${html}</main>
<aside aria-label="On this page">${
    contents === "" ? "" : `<h2>On this page</h2><ul>${contents}</ul>`
  }</aside>
</div>
</body>
</html>
`;
}

function escape(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;")
    .replaceAll('"', "&quot;");
}

function indexOf(passages: readonly Passage[]): string {
  const search = new MiniSearch<Passage>({
    fields: ["heading", "page", "text"],
    storeFields: ["url", "page", "heading"],
  });
  search.addAll(passages.map((passage) => ({
    ...passage,
    url: passage.heading === ""
      ? passage.url
      : `${passage.url}#${anchorOf(passage.heading, new Map())}`,
  })));
  return JSON.stringify(search);
}

async function buildReference(out: string): Promise<void> {
  const { exports } = JSON.parse(
    await Deno.readTextFile(join(ROOT, "deno.json")),
  );
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      ...["doc", "--quiet", "--html", "--name=Walbrook", `--output=${out}`],
      ...Object.values<string>(exports),
    ],
    cwd: ROOT,
  }).output();
  if (!success) {
    throw new Error(
      `Cannot make the reference: ${new TextDecoder().decode(stderr)}`,
    );
  }
}

if (import.meta.main) {
  const { out, reference } = parseArgs(Deno.args, {
    string: ["out"],
    boolean: ["reference"],
    negatable: ["reference"],
    default: { out: join(ROOT, "site/dist"), reference: true },
  });
  await buildSite(out, { reference });
  console.log(`The site is in ${out}`);
}
