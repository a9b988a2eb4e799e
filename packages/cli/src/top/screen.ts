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
  /** The width; `undefined` for no limit. */
  readonly columns: number | undefined;
  /** The height; `undefined` for no limit. */
  readonly rows: number | undefined;
}

/**
 * Draws the state of a server.
 *
 * @param seen The last state; `null` if there is none.
 * @param problem Why there is no newer one; `null` if there is.
 * @param size The screen.
 * @param colors The colours.
 * @returns The lines, none of them wider, and all of them together not higher than the
 * screen.
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
