import type { CommandContext } from "../command/command.ts";
import { confirm } from "../command/confirm.ts";
import { openDatabase } from "../database/database.ts";
import { bytesText } from "../text/units.ts";
import { stateOf } from "./slot_columns.ts";
import { readSlot, type Slot } from "./read_slots.ts";

/** Runs `slots drop`. */
export async function dropSlot(context: CommandContext): Promise<void> {
  const { host, args } = context;
  const [name = ""] = args.operands;
  const database = await openDatabase(context, 1);
  try {
    const { slot } = await readSlot(database, name);
    if (!await confirm(context, [describe(slot)], `Drop slot ${name}?`)) return;
    await database.connection.dropReplicationSlot(name, {
      wait: args.flag("wait"),
      signal: host.stop,
    });
    if (args.flag("json")) {
      return await host.write(`${JSON.stringify({ dropped: name })}\n`);
    }
    host.tell([`Dropped slot ${name}`]);
  } finally {
    await database[Symbol.asyncDispose]();
  }
}

function describe(slot: Slot): string {
  const { name, plugin, database, lagBytes } = slot;
  const what = plugin === null
    ? "physical"
    : `${plugin}, database ${database ?? "?"}`;
  const lost = lagBytes === null
    ? "Its standby"
    : `${
      bytesText(lagBytes)
    } of WAL that were not confirmed go with it, and its consumer`;
  return `Slot ${name} (${what}) is ${
    stateOf(slot)
  }. ${lost} cannot continue without it`;
}
