import { type Results, withoutSlices } from "../harness/results.ts";
import { chart } from "./chart.ts";
import { groupTables, targetTable } from "./tables.ts";

const DOCS = new URL("../../docs/", import.meta.url);

/** The parts of `docs/performance.md` that a run writes, by the names of their places. */
export function sections(results: Results): Record<string, string> {
  return {
    run: summarize(results),
    targets: targetTable(results),
    decode: groupTables(results, ["decode"]),
    outlets: groupTables(results, ["encode", "deliver"]),
    follow: groupTables(results, ["follow"]),
    links: groupTables(results, ["tls", "network"]),
    latency: groupTables(results, ["latency"]),
    start: groupTables(results, ["cold_start"]),
    rest: groupTables(results, ["idle", "subscriptions"]),
  };
}

/** Writes the results into `docs/performance.md`, with charts and figures beside it. */
export async function publish(results: Results): Promise<void> {
  const folder = new URL("performance/", DOCS);
  await Deno.mkdir(folder, { recursive: true });
  await Deno.writeTextFile(
    new URL("results.json", folder),
    `${JSON.stringify(withoutSlices(results), null, 1)}\n`,
  );
  for (const group of ["decode", "follow"] as const) {
    const svg = chart(results, group);
    await Deno.writeTextFile(new URL(`${group}.svg`, folder), svg);
  }
  const page = new URL("performance.md", DOCS);
  let text = await Deno.readTextFile(page);
  for (const [name, content] of Object.entries(sections(results))) {
    if (content !== "") text = insert(text, name, content);
  }
  await Deno.writeTextFile(page, text);
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

/** Says of which run the tables are. */
export function summarize(
  { startedAt, machine, versions, effort, failures }: Results,
): string {
  const list = Object.entries(versions).map((pair) => pair.join(" "));
  const failed = failures.map(({ group, workload, runtime, message }) =>
    `${group} ${workload} in ${runtime} failed: ${message.split("\n", 1)[0]}`
  );
  return [
    `Measured on ${startedAt.slice(0, 10)} (${effort} run), ${machine}: ${
      list.join(", ")
    }.`,
    ...failed,
  ].join("\n\n");
}
