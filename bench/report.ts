import { cpus, totalmem } from "node:os";
import { BYTES } from "./clients/mod.ts";
import type { Laboratory } from "./runtimes.ts";

/** One measured value. */
export interface Figure {
  /** What was measured, for example `decode`. */
  readonly bench: string;
  readonly workload: string;
  readonly runtime: string;
  readonly client: string;
  /** Values by name and unit. */
  readonly values: Readonly<Record<string, number>>;
}

/** What was measured, where and with what. */
export interface Report {
  readonly date: string;
  readonly machine: string;
  readonly versions: Readonly<Record<string, string>>;
  readonly figures: readonly Figure[];
}

/** A table of the figures of one workload. */
export interface TableOptions {
  readonly title: string;
  /** What to show of a figure. */
  readonly show: (figure: Figure) => string;
  /** Which value to compare, the larger the better, with Walbrook's best. */
  readonly compare: string;
}

/** Gathers what was measured. */
export function makeReport(
  { runtimes, peers }: Laboratory,
  figures: readonly Figure[],
): Report {
  const gigabytes = Math.round(totalmem() / 2 ** 30);
  const model = cpus()[0]?.model ?? "unknown";
  return {
    date: new Date().toISOString().slice(0, 10),
    machine:
      `${Deno.build.os} ${Deno.build.arch}, ${cpus().length} × ${model}, ${gigabytes} GiB`,
    versions: {
      PostgreSQL: "18",
      ...Object.fromEntries(
        runtimes.map(({ name, version }) => [name, version]),
      ),
      ...peers,
    },
    figures,
  };
}

/** Where `pg_recvlogical` runs: in no runtime of JavaScript's. */
export const NATIVE = "C";

/**
 * A table in Markdown: clients down, runtimes across, and how Walbrook's best compares
 * with the best other client in the same runtime, and with the one in C.
 */
export function table(
  figures: readonly Figure[],
  { title, show, compare }: TableOptions,
): string {
  const runtimes = unique(figures.map(({ runtime }) => runtime));
  const clients = unique(figures.map(({ client }) => client));
  const rows = clients.map((client) => [
    client,
    ...runtimes.map((runtime) => {
      const figure = figures.find((one) =>
        one.client === client && one.runtime === runtime
      );
      return figure === undefined ? "" : show(figure);
    }),
  ]);
  const ratio = (of: readonly Figure[], to: readonly Figure[]) => {
    const value = best(of, compare) / best(to, compare);
    return Number.isFinite(value) && value > 0
      ? `**${value.toFixed(2)} ×**`
      : "";
  };
  const others = figures.filter((one) => !isOurs(one) && one.client !== BYTES);
  const ratios = (label: string, to: (runtime: string) => Figure[]) => [
    label,
    ...runtimes.map((runtime) =>
      ratio(inRuntime(figures.filter(isOurs), runtime), to(runtime))
    ),
  ];
  return markdown([
    [title, ...runtimes],
    ...rows,
    ratios("walbrook : best other", (runtime) => inRuntime(others, runtime)),
    ratios("walbrook : pg_recvlogical", () => inRuntime(others, NATIVE)),
  ].filter((row, at) => at < 1 || row.slice(1).some((cell) => cell !== "")));
}

function isOurs({ client }: Figure): boolean {
  return client.startsWith("walbrook");
}

function inRuntime(figures: readonly Figure[], runtime: string): Figure[] {
  return figures.filter((one) => one.runtime === runtime);
}

function best(figures: readonly Figure[], value: string): number {
  return Math.max(0, ...figures.map(({ values }) => values[value] ?? 0));
}

function markdown(rows: readonly (readonly string[])[]): string {
  const [head = [], ...body] = rows;
  const widths = head.map((_, at) =>
    Math.max(3, ...rows.map((row) => row[at]?.length ?? 0))
  );
  const line = (cells: readonly string[]) =>
    `| ${
      cells.map((cell, at) =>
        at === 0 ? cell.padEnd(widths[at]!) : cell.padStart(widths[at]!)
      ).join(" | ")
    } |`;
  const rule = `| ${
    widths.map((width, at) =>
      at === 0 ? "-".repeat(width) : `${"-".repeat(width - 1)}:`
    ).join(" | ")
  } |`;
  return [line(head), rule, ...body.map(line)].join("\n");
}

function unique(values: readonly string[]): string[] {
  return [...new Set(values)];
}
