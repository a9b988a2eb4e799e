import { PSQL } from "../benches/psql.ts";
import { BARE_SOCKET, ONE_COPY } from "../clients/copy/mod.ts";
import { BY_HAND } from "../clients/mod.ts";
import type { GroupName } from "../harness/bench.ts";
import type { Measurement, Results } from "../harness/results.ts";
import { type RuntimeName, RUNTIMES } from "../harness/runtimes.ts";
import { type Metric, METRICS } from "../harness/slice.ts";
import { invert, type Spread } from "../harness/statistics.ts";
import {
  bestOther,
  type Comparison,
  comparisonWith,
  isControl,
  NATIVE,
} from "./comparison.ts";
import { markdownTable } from "./markdown.ts";
import { FLOORS, judgeTargets } from "./targets.ts";

type Cells = Measurement["entries"][number];

/** The layout of a group of clients. */
interface Layout {
  /** What a cell shows. */
  readonly unit: string;
  /** Writes the cell of a client. */
  show(entry: Cells, measurement: Measurement): string;
}

const THROUGHPUT: Layout = {
  unit: "1,000 rows/s (p10 to p90), µs of processor time a row",
  show: (entry) => {
    const rate = invert(entry.wallMicroseconds);
    const rows = (value: number) => amount(value * 1000);
    return `${rows(rate.p50)} (${rows(rate.p10)} to ${rows(rate.p90)}), ${
      amount(entry.cpuMicroseconds.p50)
    } µs${memory(entry)}`;
  },
};

const LAYOUTS: Readonly<Record<GroupName, Layout>> = {
  decode: THROUGHPUT,
  encode: THROUGHPUT,
  deliver: THROUGHPUT,
  follow: { ...THROUGHPUT, unit: `${THROUGHPUT.unit}, most memory` },
  tls: THROUGHPUT,
  network: THROUGHPUT,
  snapshot: THROUGHPUT,
  latency: {
    unit: "µs from commit to event, p50 / p95 / p99 of all commits",
    show: ({ values }) =>
      ["p50", "p95", "p99"].map((name) => values[`${name}Microseconds`])
        .join(" / "),
  },
  cold_start: {
    unit: "ms to the first event (p10 to p90): its steps; round trips",
    show: ({ wallMicroseconds, values }) =>
      `${range(wallMicroseconds, (value) => amount(value / 1000))}: ${
        steps(values)
      }`,
  },
  idle: {
    unit: "ms of processor time a second (p10 to p90), MB",
    show: ({ cpuMicroseconds, values }) =>
      `${range(cpuMicroseconds, (value) => amount(value / 1000))}, ${
        values["residentMegabytes"]
      } MB`,
  },
  subscriptions: {
    unit:
      "ms of processor time a second (p10 to p90); MB above one; to open 99; a commit to all",
    show: ({ cpuMicroseconds, values }) =>
      [
        range(cpuMicroseconds, (value) => amount(value / 1000)),
        `${known(values["moreMegabytes"])} MB`,
        `${known(values["openMs"])} ms`,
        `${known(values["fanOutMs"])} ms`,
      ].join("; "),
  },
};

/** Writes the tables of some groups: one for each workload, and what is in doubt. */
export function groupTables(
  { measurements }: Results,
  groups: readonly GroupName[],
): string {
  const shown = measurements.filter(({ group }) => groups.includes(group));
  if (shown.length === 0) return "";
  const titles = [...new Set(shown.map(({ group, title }) => group + title))];
  const days = [...new Set(shown.map(({ at }) => at.slice(0, 10)))].sort();
  const tables = titles.map((name) =>
    workloadTable(shown.filter(({ group, title }) => group + title === name))
  );
  return [`Measured on ${days.join(" and ")}.`, ...tables].join("\n\n");
}

function workloadTable(measurements: readonly Measurement[]): string {
  const [{ group, title }] = measurements as [Measurement];
  const layout = LAYOUTS[group];
  const runtimes = RUNTIMES.filter((name) =>
    measurements.some(({ runtime }) => runtime === name)
  );
  const across = (cell: (measurement: Measurement) => string) =>
    runtimes.map((name) => {
      const found = measurements.find(({ runtime }) => runtime === name);
      return found === undefined ? "" : cell(found);
    });
  const clients = [
    ...new Set(
      measurements.flatMap(({ entries }) =>
        entries.map(({ client }) => client)
      ),
    ),
  ].filter((client) => !isControl(client));
  const rows = clients.map((client) => [
    client,
    ...across((measurement) => {
      const entry = measurement.entries.find((one) => one.client === client);
      return entry === undefined ? "" : layout.show(entry, measurement);
    }),
  ]);
  const table = markdownTable([
    [`${title}: ${layout.unit}`, ...runtimes],
    ...rows,
    ...ratioRows(across),
  ].filter((row, at) => at === 0 || row.slice(1).some((cell) => cell !== "")));
  return [table, ...startUpNotes(measurements), ...doubts(measurements)]
    .join("\n\n");
}

/** The rows that compare Walbrook with others. */
function ratioRows(
  across: (cell: (measurement: Measurement) => string) => string[],
): string[][] {
  const row = (
    label: string,
    metric: Metric,
    find: (measurement: Measurement) => Comparison | null,
  ) => [
    label,
    ...across((measurement) => {
      const comparison = find(measurement);
      if (comparison === null) return "";
      const spread = comparison.ratio[metric];
      const isRate = metric === "wall" && measurement.entries.length > 0 &&
        LAYOUTS[measurement.group].unit.includes("rows/s");
      return mark(isRate ? invert(spread) : spread, measurement, metric);
    }),
  ];
  return [
    row(
      "walbrook : best other",
      "wall",
      (one) => isAtRest(one) ? null : bestOther(one, "wall"),
    ),
    ...[NATIVE, PSQL].map((name) =>
      row(`walbrook : ${name}`, "wall", (one) => comparisonWith(one, name))
    ),
    row("processor time : best other", "cpu", (one) => bestOther(one, "cpu")),
    ...[BY_HAND, ...FLOORS.slice(-1), BARE_SOCKET, ONE_COPY].map((floor) =>
      row(
        `processor time : ${floor}`,
        "cpu",
        (one) => comparisonWith(one, floor),
      )
    ),
    ...METRICS.map((metric) =>
      row(
        `walbrook : itself, ${
          metric === "wall" ? "wall clock" : "processor time"
        }`,
        metric,
        (one) => comparisonWith(one, "walbrook, again"),
      )
    ),
  ];
}

function isAtRest({ group }: Measurement): boolean {
  return group === "idle" || group === "subscriptions";
}

// A ratio with its quartiles, and a sign where it is not to be trusted.
function mark(
  { p25, p50, p75 }: Spread,
  { trust }: Measurement,
  metric: Metric,
): string {
  const [low, middle, high] = [p25, p50, p75].map((one) => one.toFixed(2));
  const sign = trust[metric] === null ? "" : " (!)";
  return `**${middle} ×** (${low} to ${high})${sign}`;
}

/** Describes the cost of each client before its first slice. */
function startUpNotes(measurements: readonly Measurement[]): string[] {
  const notes = measurements.flatMap(({ runtime, entries }) => {
    const list = entries.flatMap(({ client, startUp }) => {
      if (startUp === null || isControl(client)) return [];
      const { cpuSeconds, warmUpCpuSeconds } = startUp;
      const [start, warm] = [cpuSeconds, warmUpCpuSeconds].map((one) =>
        Math.round(one * 1000)
      );
      return [`${client} ${start} + ${warm}`];
    });
    return list.length === 0 ? [] : [`${runtime}: ${list.join(", ")}`];
  });
  if (notes.length === 0) return [];
  return [
    `Before the first slice, ms of processor time to start + to compile. ${
      notes.join(". ")
    }.`,
  ];
}

function doubts(measurements: readonly Measurement[]): string[] {
  const list = measurements.flatMap(({ runtime, trust }) =>
    METRICS.flatMap((metric) => {
      const reason = trust[metric];
      const name = metric === "wall" ? "wall clock" : "processor time";
      return reason === null ? [] : [`${runtime}, ${name}: ${reason}`];
    })
  );
  return list.length === 0
    ? []
    : [`(!) Not to be trusted in this run: ${list.join("; ")}.`];
}

/**
 * Writes the table of targets, each met or missed.
 *
 * @param results The measurements.
 * @param isMeant Whether the targets of a group belong in the table.
 */
export function targetTable(
  results: Results,
  isMeant: (group: GroupName) => boolean,
): string {
  const verdicts = judgeTargets(results).filter(({ target }) =>
    isMeant(target.group)
  );
  const rows = Map.groupBy(
    verdicts,
    ({ target, workload }) =>
      `${target.what}, ${workload}: ${
        target.atLeast !== undefined
          ? `at least ${target.atLeast}`
          : `at most ${target.atMost}`
      }`,
  );
  const cell = (runtime: RuntimeName, list: typeof verdicts) => {
    const verdict = list.find((one) => one.runtime === runtime);
    if (verdict === undefined) return "";
    const { p25, p50, p75, count } = verdict.found;
    const figure = count === 1
      ? amount(p50)
      : `${amount(p50)} (${amount(p25)} to ${amount(p75)})`;
    return `${verdict.outcome}: ${figure}`;
  };
  return markdownTable([
    ["meant", ...RUNTIMES],
    ...[...rows].map(([what, list]) => [
      what,
      ...RUNTIMES.map((runtime) => cell(runtime, list)),
    ]),
  ]);
}

function steps(values: Readonly<Record<string, number>>): string {
  const { roundTrips, ...times } = values;
  const list = Object.entries(times).map(([name, value]) =>
    `${name.replace(/Ms$/, "").replace("firstEvent", "event")} ${value}`
  );
  return `${list.join(", ")}; ${known(roundTrips)}`;
}

// Not every client has every value, and JSON represents NaN as null.
function known(value: number | null | undefined): string {
  return Number.isFinite(value) ? `${value}` : "–";
}

function memory({ values }: Cells): string {
  const { peakMegabytes } = values;
  return peakMegabytes === undefined ? "" : `, ${peakMegabytes} MB`;
}

function range(
  { p10, p50, p90 }: Spread,
  write: (value: number) => string,
): string {
  return `${write(p50)} (${write(p10)} to ${write(p90)})`;
}

// Three digits that count.
function amount(value: number): string {
  if (!Number.isFinite(value)) return "?";
  if (Math.abs(value) >= 100) return Math.round(value).toLocaleString("en");
  return `${Number(value.toPrecision(3))}`;
}
