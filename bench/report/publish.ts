import { BENCHES } from "../benches/mod.ts";
import {
  mergeResults,
  readResults,
  type Results,
  withoutSlices,
} from "../harness/results.ts";
import { chart } from "./chart.ts";
import { insert } from "./insert.ts";
import { groupTables, targetTable } from "./tables.ts";

const DOCS = new URL("../../docs/", import.meta.url);
const CHARTED = ["decode", "follow", "snapshot"] as const;

/** The parts of `docs/performance.md` that a run writes, by the names of their places. */
export function sections(results: Results): Record<string, string> {
  return {
    run: summarize(results),
    targets: targetTable(results, (group) => group !== "snapshot"),
    decode: groupTables(results, ["decode"]),
    outlets: groupTables(results, ["encode", "deliver"]),
    follow: groupTables(results, ["follow"]),
    links: groupTables(results, ["tls", "network"]),
    latency: groupTables(results, ["latency"]),
    start: groupTables(results, ["cold_start"]),
    rest: groupTables(results, ["idle", "subscriptions"]),
    snapshot: snapshotTables(results),
  };
}

// Includes the targets of the group, since it is measured separately from the others.
function snapshotTables(results: Results): string {
  const tables = groupTables(results, ["snapshot"]);
  if (tables === "") return "";
  const targets = targetTable(results, (group) => group === "snapshot");
  return `${targets}\n\n${tables}`;
}

/**
 * Writes the results into `docs/performance.md`, with charts and figures beside it. What
 * they don't have stays as it was. The list of targets is written once each group of
 * benches has been measured.
 */
export async function publish(results: Results): Promise<void> {
  const folder = new URL("performance/", DOCS);
  await Deno.mkdir(folder, { recursive: true });
  const kept = new URL("results.json", folder);
  const before = await readResults(kept);
  const all = before === null ? results : mergeResults(before, results);
  const text = `${JSON.stringify(withoutSlices(all), shorten, 1)}\n`;
  await Deno.writeTextFile(kept, text);
  for (const group of CHARTED) {
    if (!all.measurements.some((one) => one.group === group)) continue;
    await Deno.writeTextFile(
      new URL(`${group}.svg`, folder),
      chart(all, group),
    );
  }
  const page = new URL("performance.md", DOCS);
  let content = await Deno.readTextFile(page);
  for (const [name, part] of Object.entries(sectionsToWrite(all, results))) {
    content = insert(content, name, part);
  }
  await Deno.writeTextFile(page, content);
  await new Deno.Command(Deno.execPath(), {
    args: ["fmt", "--quiet", page.pathname, folder.pathname],
  }).output();
}

// Rounds to five digits, since nobody reads more.
function shorten(_name: string, value: unknown): unknown {
  if (typeof value !== "number" || Number.isInteger(value)) return value;
  return Number(value.toPrecision(5));
}

/**
 * Chooses what to write of all that has been published.
 *
 * @param all All of it, with what was found now.
 * @param found What was found now.
 */
export function sectionsToWrite(
  all: Results,
  found: Results,
): Record<string, string> {
  const now = sections(found);
  const groups = new Set(all.measurements.map(({ group }) => group));
  const isComplete = BENCHES.every(({ group, isApart }) =>
    isApart || groups.has(group)
  );
  return Object.fromEntries(
    Object.entries(sections(all)).filter(([name, part]) =>
      name === "run" || name === "targets"
        ? isComplete
        : part !== "" && now[name] !== ""
    ),
  );
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
