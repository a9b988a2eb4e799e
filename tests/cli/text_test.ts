import { assert, assertEquals } from "@std/assert";
import { tableLines } from "../../packages/cli/src/text/table.ts";
import { palette } from "../../packages/cli/src/text/terminal_text.ts";
import { bytesText, spanText } from "../../packages/cli/src/text/units.ts";

Deno.test("bytesText() and spanText() write what people compare", () => {
  assertEquals(
    [0, 1023, 1024, 1536, 150 * 1024, 16 * 2 ** 20, 2 ** 43, -2048]
      .map(bytesText),
    [
      ...["0 B", "1023 B", "1.0 kB", "1.5 kB", "150 kB", "16.0 MB", "8.0 TB"],
      "-2.0 kB",
    ],
  );
  assertEquals(
    [0, 2.345, 999, 1_000, 59_900, 60_000, 3_725_000, 90_000_000, 86_400_000]
      .map(spanText),
    [
      ...["0.0 ms", "2.3 ms", "999 ms", "1.0 s", "59.9 s", "1 min"],
      ...["1 h 2 min", "1 d 1 h", "1 d"],
    ],
  );
});

const ROWS = [
  { name: "search_indexer", note: "ünïcödé 😀 and so on", size: "1.5 MB" },
  { name: "x\x1b[31m\n", note: "", size: "7 B" },
];
const COLUMNS = [
  { name: "name", text: (row: typeof ROWS[0]) => row.name, rank: 0 },
  { name: "note", text: (row: typeof ROWS[0]) => row.note, rank: 1 },
  {
    name: "size",
    text: (row: typeof ROWS[0]) => row.size,
    rank: 0,
    isRight: true,
  },
];

Deno.test("tableLines() fits the width, harmlessly, and names what it leaves out", () => {
  const draw = (width: number | undefined) =>
    tableLines(ROWS, COLUMNS, width, palette(false));
  assertEquals(draw(undefined), [
    "name            note                   size",
    "search_indexer  ünïcödé 😀 and so on  1.5 MB",
    "x\\u001b[31m\\n                           7 B",
  ]);
  assertEquals(draw(60), draw(undefined));
  assertEquals(draw(30), [
    "name              size",
    "search_indexer  1.5 MB",
    "x\\u001b[31m\\n      7 B",
    "(not shown: note)",
  ]);
  for (const width of [18, 20, 25, 30, 40, 43, 44, 60, 80, 200]) {
    for (const line of draw(width)) {
      assert([...line].length <= width, `${width}: ${line}`);
    }
  }
});
