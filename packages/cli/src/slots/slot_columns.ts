import { formatLsn } from "@walbrook/walbrook";
import type { TableColumn } from "../text/table.ts";
import { bytesText, spanText } from "../text/units.ts";
import { isLost, type Slot } from "./read_slots.ts";

type SlotColumnName =
  | "slot"
  | "plugin"
  | "database"
  | "state"
  | "behind"
  | "keeps"
  | "loss"
  | "confirmed"
  | "usedBy";

const COLUMNS: Readonly<
  Record<SlotColumnName, Omit<TableColumn<Slot>, "rank">>
> = {
  slot: { name: "slot", text: ({ name }) => name },
  plugin: { name: "plugin", text: ({ plugin }) => plugin ?? "(physical)" },
  database: { name: "database", text: ({ database }) => database ?? "" },
  state: { name: "state", text: stateOf },
  behind: {
    name: "behind",
    text: ({ lagBytes }) => lagBytes === null ? "" : bytesText(lagBytes),
    isRight: true,
  },
  keeps: {
    name: "keeps",
    text: ({ retainedBytes }) =>
      retainedBytes === null ? "" : bytesText(retainedBytes),
    isRight: true,
  },
  loss: { name: "lost in", text: lossText, isRight: true },
  confirmed: {
    name: "confirmed",
    text: ({ confirmedFlushLsn: lsn }) => lsn === null ? "" : formatLsn(lsn),
  },
  usedBy: { name: "used by", text: ({ application }) => application ?? "" },
};

/**
 * Creates a column of a table of slots.
 *
 * @param column The column.
 * @param rank The order in which columns are hidden on a narrow terminal: the highest first.
 */
export function slotColumn(
  column: SlotColumnName,
  rank: number,
): TableColumn<Slot> {
  return { ...COLUMNS[column], rank };
}

/** Returns the state of a slot in a word or two. */
export function stateOf(slot: Slot): string {
  if (isLost(slot)) {
    const { invalidationReason: reason } = slot;
    return reason === null ? "lost" : `lost: ${reason}`;
  }
  if (slot.activePid !== null) return `in use, ${slot.activePid}`;
  return slot.walStatus === "unreserved" ? "idle, in danger" : "idle";
}

/** Returns the time until a slot is lost. */
function lossText(slot: Slot): string {
  if (isLost(slot)) return "";
  const { lossInMs, safeWalSize } = slot;
  if (safeWalSize === null) return "never";
  return lossInMs === null ? "" : spanText(lossInMs);
}
