import { chart } from "./chart.ts";
import type { Report } from "./report.ts";

const DOCS = new URL("../docs/", import.meta.url);

/** What came out of a bench. */
export interface Publication {
  readonly report: Report;
  /** The tables, in Markdown. */
  readonly tables: string;
}

/**
 * Prints the tables, and writes them into `docs/performance.md`, with the figures and a
 * chart beside it.
 *
 * @param name The bench: the name of its files, and of its place in the page.
 * @param publication What came out.
 */
export async function publish(
  name: string,
  { report, tables }: Publication,
): Promise<void> {
  const summary = summarize(report);
  console.log(`${tables}\n\n${summary}`);
  const folder = new URL("performance/", DOCS);
  await Deno.mkdir(folder, { recursive: true });
  await Deno.writeTextFile(
    new URL(`${name}.json`, folder),
    `${JSON.stringify(report, null, 2)}\n`,
  );
  await Deno.writeTextFile(new URL(`${name}.svg`, folder), chart(report));
  const page = new URL("performance.md", DOCS);
  const text = await Deno.readTextFile(page);
  await Deno.writeTextFile(
    page,
    insert(text, name, `${summary}\n\n${tables}`),
  );
  await new Deno.Command(Deno.execPath(), {
    args: ["fmt", "--quiet", page.pathname, folder.pathname],
  }).output();
}

/** Puts something between the two comments that name its place. */
export function insert(page: string, name: string, content: string): string {
  const begin = `<!-- ${name} -->\n`;
  const end = `\n<!-- /${name} -->`;
  const from = page.indexOf(begin);
  const to = page.indexOf(end, from);
  if (from < 0 || to < 0) {
    throw new SyntaxError(`Cannot find the place of ${name} in the page`);
  }
  return `${page.slice(0, from)}${begin}\n${content}\n${page.slice(to)}`;
}

function summarize({ date, machine, versions }: Report): string {
  const list = Object.entries(versions).map((pair) => pair.join(" "));
  return `Measured on ${date}, ${machine}: ${list.join(", ")}.`;
}
