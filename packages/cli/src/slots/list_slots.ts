import type { CommandContext } from "../command/command.ts";
import { openDatabase } from "../database/database.ts";
import { type TableColumn, tableLines } from "../text/table.ts";
import { palette } from "../text/terminal_text.ts";
import { readSlots, type Slot, slotToJson } from "./read_slots.ts";
import { slotColumn } from "./slot_columns.ts";

const COLUMNS: readonly TableColumn<Slot>[] = [
  slotColumn("slot", 0),
  slotColumn("plugin", 4),
  slotColumn("database", 3),
  slotColumn("state", 0),
  slotColumn("behind", 1),
  slotColumn("keeps", 0),
  slotColumn("loss", 2),
  slotColumn("confirmed", 5),
  slotColumn("usedBy", 6),
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
