import type { Figure, Report } from "./report.ts";

const WIDTH = 760;
const LABEL = 230;
const BAR = 14;
const GAP = 5;
const COLORS: Readonly<Record<string, string>> = {
  "walbrook": "#0b7285",
  "walbrook, for await": "#3bc9db",
  "walbrook, readable": "#99e9f2",
};
const OTHER = "#adb5bd";

/** Draws bars of the rows per second of each client, by workload and runtime. */
export function chart({ figures }: Report): string {
  const shown = figures.filter(({ values }) => "rowsPerSecond" in values);
  const parts: string[] = [];
  let y = 10;
  for (const workload of new Set(shown.map((one) => one.workload))) {
    const panel = shown.filter((one) => one.workload === workload);
    const most = Math.max(...panel.map(rate));
    y += 26;
    parts.push(text(0, y, `${workload}, rows a second`, ' font-weight="bold"'));
    y += 10;
    for (const runtime of new Set(panel.map((one) => one.runtime))) {
      for (const figure of panel.filter((one) => one.runtime === runtime)) {
        parts.push(bar(y, figure, most));
        y += BAR + GAP;
      }
      y += GAP;
    }
  }
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${y}" viewBox="0 0 ${WIDTH} ${y}" font-family="system-ui, sans-serif" font-size="12">`,
    `<rect width="100%" height="100%" fill="#ffffff"/>`,
    ...parts,
    "</svg>\n",
  ].join("\n");
}

function bar(y: number, figure: Figure, most: number): string {
  const { client, runtime } = figure;
  const width = Math.round((WIDTH - LABEL - 80) * rate(figure) / most);
  const base = y + BAR - 3;
  return [
    text(0, base, `${runtime}: ${client}`),
    `<rect x="${LABEL}" y="${y}" width="${width}" height="${BAR}" fill="${
      COLORS[client] ?? OTHER
    }"/>`,
    text(LABEL + width + 6, base, rate(figure).toLocaleString("en")),
  ].join("\n");
}

function text(x: number, y: number, content: string, more = ""): string {
  return `<text x="${x}" y="${y}" fill="#212529"${more}>${content}</text>`;
}

function rate({ values }: Figure): number {
  return values["rowsPerSecond"] ?? 0;
}
