import { DECODING } from "../benches/follow.ts";
import type { GroupName } from "../harness/bench.ts";
import type { Measurement, Results } from "../harness/results.ts";
import { type RuntimeName, RUNTIMES } from "../harness/runtimes.ts";
import { invert, mapSpread, type Spread } from "../harness/statistics.ts";
import { isControl } from "./comparison.ts";

const WIDTH = 760;
const LABEL = 230;
const BAR = 14;
const GAP = 5;
const COLORS: Readonly<Record<string, string>> = {
  "walbrook": "#0b7285",
  "walbrook, binary": "#1098ad",
  "walbrook, for await": "#3bc9db",
  "walbrook, readable": "#99e9f2",
};
const OTHER = "#adb5bd";

// Decoding from memory is so much faster than any server that all other bars would vanish.
function isShown(client: string): boolean {
  return !isControl(client) && client !== DECODING;
}

/** A bar: the rows a second of a client in a runtime. */
interface Bar {
  readonly runtime: RuntimeName;
  readonly client: string;
  readonly rate: Spread;
}

/**
 * Draws bars of the rows a second of each client, by workload and runtime, each with a
 * line from its 10th to its 90th percentile.
 *
 * @param results What was measured.
 * @param group Which group of it.
 */
export function chart({ measurements }: Results, group: GroupName): string {
  const shown = measurements.filter((one) => one.group === group);
  const parts: string[] = [];
  let y = 10;
  for (const workload of new Set(shown.map((one) => one.workload))) {
    const bars = barsOf(shown.filter((one) => one.workload === workload));
    const most = Math.max(...bars.map(({ rate }) => rate.p90));
    y += 26;
    parts.push(text(0, y, `${workload}, rows a second`, ' font-weight="bold"'));
    y += 10;
    for (const runtime of RUNTIMES) {
      const list = bars.filter((bar) => bar.runtime === runtime);
      for (const bar of list) {
        parts.push(draw(y, bar, most));
        y += BAR + GAP;
      }
      if (list.length > 0) y += GAP;
    }
  }
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${y}" viewBox="0 0 ${WIDTH} ${y}" font-family="system-ui, sans-serif" font-size="12">`,
    `<rect width="100%" height="100%" fill="#ffffff"/>`,
    ...parts,
    "</svg>\n",
  ].join("\n");
}

function barsOf(measurements: readonly Measurement[]): Bar[] {
  return measurements.flatMap(({ runtime, entries }) =>
    entries.filter(({ client }) => isShown(client)).map((
      { client, wallMicroseconds },
    ) => ({ runtime, client, rate: perSecond(wallMicroseconds) }))
  );
}

function perSecond(microseconds: Spread): Spread {
  return mapSpread(invert(microseconds), (value) => value * 1e6);
}

function draw(y: number, { runtime, client, rate }: Bar, most: number): string {
  const scale = (value: number) =>
    Math.round((WIDTH - LABEL - 90) * value / most);
  const [low, middle, high] = [rate.p10, rate.p50, rate.p90].map(scale);
  const base = y + BAR - 3;
  const half = y + BAR / 2;
  return [
    text(0, base, `${runtime}: ${client}`),
    `<rect x="${LABEL}" y="${y}" width="${middle}" height="${BAR}" fill="${
      COLORS[client] ?? OTHER
    }"/>`,
    `<path d="M${LABEL + low!} ${half}H${LABEL + high!}M${LABEL + low!} ${
      y + 3
    }V${y + BAR - 3}M${LABEL + high!} ${y + 3}V${
      y + BAR - 3
    }" stroke="#212529" fill="none"/>`,
    text(LABEL + high! + 6, base, Math.round(rate.p50).toLocaleString("en")),
  ].join("\n");
}

function text(x: number, y: number, content: string, more = ""): string {
  return `<text x="${x}" y="${y}" fill="#212529"${more}>${content}</text>`;
}
