// Runs the demo and draws what it prints as a moving picture: docs/demo.svg.
//
//   deno task picture
//
// The lines are real output, and appear at the pace at which they came. A reader who
// prefers no motion sees all of them at once.

import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../", import.meta.url));
const TARGET = join(ROOT, "docs/demo.svg");
const COMMAND = ["examples/tail.ts", "--count", "12", "--no-color"];
const SHOWN_COMMAND = "$ npx deno run -A examples/tail.ts";

const COLUMNS = 100;
const COLUMN_WIDTH = 8.1;
const LINE_HEIGHT = 19;
const MARGIN = 16;

const COLORS: Readonly<Record<string, string>> = {
  begin: "#7d8b99",
  commit: "#7d8b99",
  table: "#7d8b99",
  insert: "#5cc98a",
  update: "#e3b454",
  delete: "#ef7d78",
  message: "#7db8f7",
};

interface Line {
  readonly text: string;
  /** In seconds since the first line. */
  readonly at: number;
}

async function record(): Promise<readonly Line[]> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", ...COMMAND],
    cwd: ROOT,
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const lines: Line[] = [];
  let start: number | undefined;
  let rest = "";
  for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) {
    const at = performance.now() / 1000;
    start ??= at;
    const parts = (rest + text).split("\n");
    rest = parts.pop() ?? "";
    for (const text of parts) lines.push({ text, at: at - start });
  }
  const { success } = await child.status;
  if (!success) throw new Error("Cannot record the demo: it failed");
  return lines;
}

function draw(lines: readonly Line[]): string {
  const width = Math.ceil(COLUMNS * COLUMN_WIDTH + 2 * MARGIN);
  const height = (lines.length + 1) * LINE_HEIGHT + 2 * MARGIN;
  const texts = lines.map(({ text, at }, i) => {
    const kind = text.trim().split(" ")[0] ?? "";
    const y = MARGIN + (i + 2) * LINE_HEIGHT - 5;
    return `<text x="${MARGIN}" y="${y}" fill="${
      COLORS[kind] ?? "#dbe3ec"
    }" style="animation-delay:${(at + 1).toFixed(2)}s">${
      escape(cut(text))
    }</text>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" aria-label="The demo prints transactions: inserts, updates and deletes of a small shop, as they commit">
<style>
text{font:13.5px ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;white-space:pre}
text[style]{opacity:0;animation:show 0s forwards}
@keyframes show{to{opacity:1}}
@media(prefers-reduced-motion:reduce){text[style]{opacity:1;animation:none}}
</style>
<rect width="100%" height="100%" rx="8" fill="#12181f"/>
<text x="${MARGIN}" y="${
    MARGIN + LINE_HEIGHT - 5
  }" fill="#dbe3ec">${SHOWN_COMMAND}</text>
${texts.join("\n")}
</svg>
`;
}

function cut(text: string): string {
  return text.length <= COLUMNS ? text : `${text.slice(0, COLUMNS - 1)}…`;
}

function escape(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}

await Deno.mkdir(dirname(TARGET), { recursive: true });
await Deno.writeTextFile(TARGET, draw(await record()));
console.log(`The picture is ${TARGET}`);
