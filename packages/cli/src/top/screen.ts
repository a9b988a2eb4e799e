import { formatLsn } from "@walbrook/walbrook";
import { slotColumn } from "../slots/slot_columns.ts";
import { type TableColumn, tableLines } from "../text/table.ts";
import { oneLine, type Palette, shorten } from "../text/terminal_text.ts";
import { bytesText } from "../text/units.ts";
import type { Look, WatchedSlot } from "./look.ts";

const COLUMNS: readonly TableColumn<WatchedSlot>[] = [
  slotColumn("slot", 0),
  slotColumn("state", 0),
  slotColumn("behind", 1),
  slotColumn("keeps", 0),
  {
    name: "confirms",
    text: ({ confirmsPerSecond: rate }) => rateText(rate),
    rank: 2,
    isRight: true,
  },
  slotColumn("loss", 1),
  slotColumn("database", 3),
  slotColumn("usedBy", 4),
  slotColumn("confirmed", 5),
];

/** The size of a screen. */
export interface ScreenSize {
  /** How wide it is; `undefined` for as wide as it takes. */
  readonly columns: number | undefined;
  /** How high it is; `undefined` for as high as it takes. */
  readonly rows: number | undefined;
}

/**
 * Draws a look at a server.
 *
 * @param seen What was seen last; `null` if nothing was.
 * @param problem Why there is nothing newer; `null` if there is.
 * @param size The screen.
 * @param colors The colours.
 * @returns Its lines, none wider and all together not higher than the screen.
 */
export function screenLines(
  seen: Look | null,
  problem: string | null,
  { columns, rows }: ScreenSize,
  colors: Palette,
): string[] {
  const width = columns ?? Infinity;
  const plain = (text: string) => shorten(oneLine(text), width);
  const lines = [
    ...seen === null ? [] : [
      colors.bold(plain(
        `${seen.database}, PostgreSQL ${seen.version}, ${
          seen.at.toISOString().slice(11, 19)
        } UTC`,
      )),
      plain(
        `WAL ${formatLsn(seen.end)} ${
          rateText(seen.walPerSecond)
        }, kept for a slot: ${
          seen.keepSize === "-1" ? "no limit" : seen.keepSize
        }`,
      ),
      plain(
        `${seen.slots.length} of ${seen.limits.slots} slots, ${seen.senders} of ${seen.limits.senders} walsenders`,
      ),
    ],
    ...problem === null ? [] : [colors.red(plain(problem))],
    "",
  ];
  const table = seen === null
    ? []
    : seen.slots.length === 0
    ? [plain("There are no slots")]
    : tableLines(seen.slots, COLUMNS, columns, colors);
  const all = [...lines, ...table];
  if (rows === undefined || all.length <= rows) return all;
  const hidden = all.length - rows + 1;
  return [
    ...all.slice(0, rows - 1),
    colors.dim(plain(`(${hidden} more lines)`)),
  ];
}

function rateText(rate: number | null): string {
  return rate === null ? "" : `${bytesText(rate)}/s`;
}
