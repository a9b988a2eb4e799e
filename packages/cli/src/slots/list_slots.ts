import { formatLsn } from "@walbrook/walbrook";
import type { CommandContext } from "../command/command.ts";
import { openDatabase } from "../database/database.ts";
import { type TableColumn, tableLines } from "../text/table.ts";
import { palette } from "../text/terminal_text.ts";
import { bytesText, spanText } from "../text/units.ts";
import { isLost, readSlots, type Slot, slotToJson } from "./read_slots.ts";

const COLUMNS: readonly TableColumn<Slot>[] = [
  { name: "slot", text: ({ name }) => name, rank: 0 },
  { name: "plugin", text: ({ plugin }) => plugin ?? "(physical)", rank: 4 },
  { name: "database", text: ({ database }) => database ?? "", rank: 3 },
  { name: "state", text: stateOf, rank: 0 },
  {
    name: "behind",
    text: ({ lagBytes }) => lagBytes === null ? "" : bytesText(lagBytes),
    rank: 1,
    isRight: true,
  },
  {
    name: "keeps",
    text: ({ retainedBytes }) =>
      retainedBytes === null ? "" : bytesText(retainedBytes),
    rank: 0,
    isRight: true,
  },
  { name: "lost in", text: lossText, rank: 2, isRight: true },
  {
    name: "confirmed",
    text: ({ confirmedFlushLsn: lsn }) => lsn === null ? "" : formatLsn(lsn),
    rank: 5,
  },
  {
    name: "used by",
    text: ({ application }) => application ?? "",
    rank: 6,
  },
];

/** Runs `slots list`. */
export async function listSlots(context: CommandContext): Promise<void> {
  const { host, args } = context;
  const database = await openDatabase(context, 0);
  try {
    const { slots } = await readSlots(database);
    if (args.flag("json")) {
      const lines = slots.map((slot) =>
        `${JSON.stringify(slotToJson(slot))}\n`
      );
      return await host.write(lines.join(""));
    }
    if (slots.length === 0) return host.tell(["There are no slots"]);
    const colors = palette(host.hasColor);
    const lines = tableLines(slots, COLUMNS, host.columns, colors);
    await host.write(`${lines.join("\n")}\n`);
  } finally {
    await database[Symbol.asyncDispose]();
  }
}

/** What a slot does, in a word or two. */
export function stateOf(slot: Slot): string {
  if (isLost(slot)) {
    const { invalidationReason: reason } = slot;
    return reason === null ? "lost" : `lost: ${reason}`;
  }
  if (slot.activePid !== null) return `in use, ${slot.activePid}`;
  return slot.walStatus === "unreserved" ? "idle, in danger" : "idle";
}

/** In what time a slot is lost. */
export function lossText(slot: Slot): string {
  if (isLost(slot)) return "";
  const { lossInMs, safeWalSize } = slot;
  if (safeWalSize === null) return "never";
  return lossInMs === null ? "" : spanText(lossInMs);
}
