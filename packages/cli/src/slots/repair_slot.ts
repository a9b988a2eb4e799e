import { formatLsn, type Lsn } from "@walbrook/walbrook";
import type { CommandContext } from "../command/command.ts";
import { confirm } from "../command/confirm.ts";
import { UsageError } from "../command/usage_error.ts";
import { type Database, openDatabase } from "../database/database.ts";
import { moveSlot, tellMoved } from "./advance_slot.ts";
import { stateOf } from "./slot_columns.ts";
import { describeGap, readTarget } from "./position.ts";
import { isLost, readSlot, type Slot } from "./read_slots.ts";

/** A gap was made: someone has to copy the tables again, or accept it. */
const GAP = 4;

/** Runs `slots repair`. */
export async function repairSlot(context: CommandContext): Promise<number> {
  const { args, host } = context;
  const [name = ""] = args.operands;
  const skipTo = args.value("skip-to");
  const database = await openDatabase(context, 1);
  try {
    const { slot, end } = await readSlot(database, name);
    if (slot.plugin === null) {
      throw new Error(
        `Slot "${name}" is physical: only logical slots have gaps`,
      );
    }
    if (isLost(slot)) {
      if (skipTo !== undefined) {
        throw new UsageError(
          `Slot "${name}" is ${
            stateOf(slot)
          }: it can only be created again, where the server stands now; leave --skip-to out`,
        );
      }
      return await createAgain(context, database, slot, end);
    }
    if (skipTo === undefined) {
      host.tell([
        `Slot ${name} is not lost. To skip what it cannot deliver, pass --skip-to LSN or --skip-to now`,
      ]);
      return 0;
    }
    const target = readTarget("skip-to", skipTo, end);
    const moved = await moveSlot(context, database, slot, target);
    if (moved === null) return 0;
    await tellMoved(context, name, moved);
    return GAP;
  } finally {
    await database[Symbol.asyncDispose]();
  }
}

async function createAgain(
  context: CommandContext,
  database: Database,
  slot: Slot,
  end: Lsn,
): Promise<number> {
  const { host, args } = context;
  const { name, plugin, twoPhase, failover } = slot;
  if (slot.database !== await database.value("SELECT current_database()")) {
    throw new Error(
      `Slot "${name}" belongs to the database ${slot.database}: connect to that one to create it again`,
    );
  }
  const from = slot.confirmedFlushLsn ?? end;
  const told = [
    `Slot ${name} is ${
      stateOf(slot)
    }. It is dropped and created again where the server stands then, now ${
      formatLsn(end)
    }`,
    describeGap(from, end),
  ];
  if (!await confirm(context, told, `Create slot ${name} again?`)) return 0;
  const { connection } = database;
  await connection.dropReplicationSlot(name);
  host.tell([
    `Dropped slot ${name}, and creating it again. Should that break off: slots create ${name} --plugin ${plugin}`,
  ]);
  const { consistentPoint: to } = await connection.createReplicationSlot(name, {
    kind: "logical",
    plugin: plugin ?? "pgoutput",
    signal: host.stop,
    ...twoPhase ? { twoPhase } : {},
    ...failover ? { failover } : {},
  });
  const gap = { from: formatLsn(from), to: formatLsn(to) };
  if (args.flag("json")) {
    await host.write(`${JSON.stringify({ created: name, gap })}\n`);
  } else {
    host.tell([
      `Created slot ${name} again. ${describeGap(from, to)}`,
      "Copy the tables again before you rely on its consumer",
    ]);
  }
  return GAP;
}
