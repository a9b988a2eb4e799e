/**
 * How fast clients turn recorded bytes of a server into rows. Run it by
 * `deno task bench`.
 *
 * @module
 */
import { type Capture, capture, type Sizes } from "./capture.ts";
import { BINARY, BYTES, CLIENTS } from "./clients/mod.ts";
import type { Outcome } from "./program.ts";
import { type Laboratory, measure, openLaboratory } from "./runtimes.ts";
import { type Figure, makeReport, table } from "./report.ts";
import { publish } from "./publish.ts";

/** How much to measure. */
export interface DecodeOptions {
  /** How many rows to record of each workload. */
  readonly sizes: Sizes;
  /** For how long to repeat each of them, in milliseconds. */
  readonly forMs: number;
}

/** The clients that are measured. */
export const DECODERS: readonly string[] = Object.keys(CLIENTS).filter((name) =>
  name !== BYTES
);

/** Measures every client in every runtime on every workload. */
export async function measureDecoding(
  laboratory: Laboratory,
  { sizes, forMs }: DecodeOptions,
): Promise<Figure[]> {
  const { folder, runtimes } = laboratory;
  const figures: Figure[] = [];
  for (const recorded of await capture(folder, sizes)) {
    for (const runtime of runtimes) {
      for (const client of DECODERS) {
        const { path, bytes } = client === BINARY
          ? recorded.binary
          : recorded.text;
        const { seconds, cpuSeconds } = await measure(runtime, {
          client,
          slot: client === BINARY
            ? `${recorded.workload.name}_binary`
            : recorded.workload.name,
          publication: recorded.workload.name,
          rows: recorded.rows,
          server: path,
          modules: folder,
          forMs,
          latency: false,
          warmUp: 0,
        });
        figures.push({
          bench: "decode",
          workload: recorded.workload.name,
          runtime: runtime.name,
          client,
          values: decodeValues(recorded, bytes, { seconds, cpuSeconds }),
        });
      }
    }
  }
  return figures;
}

function decodeValues(
  { rows, events }: Capture,
  bytes: number,
  { seconds, cpuSeconds }: Pick<Outcome, "seconds" | "cpuSeconds">,
): Record<string, number> {
  return {
    rowsPerSecond: Math.round(rows / seconds),
    megabytesPerSecond: Math.round(bytes / seconds / 1e6),
    cpuSecondsPerMillionRows: Number((cpuSeconds / rows * 1e6).toFixed(3)),
    nanosecondsPerEvent: Math.round(seconds / events * 1e9),
  };
}

/** The tables of what was measured. */
export function decodeTables(figures: readonly Figure[], sizes: Sizes): string {
  return Object.keys(sizes).map((workload) =>
    table(figures.filter((one) => one.workload === workload), {
      title: `${workload}: 1,000 rows/s (MB/s)`,
      compare: "rowsPerSecond",
      show: ({ values }) =>
        `${Math.round((values["rowsPerSecond"] ?? 0) / 1000)} (${
          values["megabytesPerSecond"]
        })`,
    })
  ).join("\n\n");
}

if (import.meta.main) {
  const sizes = { narrow: 200_000, wide: 20_000, one_row: 50_000 };
  await using laboratory = await openLaboratory(["Deno", "Bun", "Node"]);
  const figures = await measureDecoding(laboratory, { sizes, forMs: 1000 });
  await publish("decode", {
    report: makeReport(laboratory, figures),
    tables: decodeTables(figures, sizes),
  });
}
