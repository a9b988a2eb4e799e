import { formatLsn, type Lsn, parseLsn } from "@walbrook/walbrook";
import type { CommandContext } from "../command/command.ts";
import { confirm } from "../command/confirm.ts";
import { UsageError } from "../command/usage_error.ts";
import { type Database, literal, openDatabase } from "../database/database.ts";
import { describeGap, readTarget } from "./position.ts";
import { isLost, readSlot, type Slot } from "./read_slots.ts";

/** Runs `slots advance`. */
export async function advanceSlot(context: CommandContext): Promise<void> {
  const { args } = context;
  const [name = ""] = args.operands;
  const to = args.value("to");
  if (to === undefined) {
    throw new UsageError("slots advance needs --to LSN, or --to now");
  }
  const database = await openDatabase(context, 1);
  try {
    const { slot, end } = await readSlot(database, name);
    if (isLost(slot)) {
      throw new Error(
        `Slot "${name}" is lost and cannot be moved: see slots repair`,
      );
    }
    const target = readTarget("to", to, end);
    const moved = await moveSlot(context, database, slot, target);
    if (moved === null) return;
    await tellMoved(context, name, moved);
  } finally {
    await database[Symbol.asyncDispose]();
  }
}

/** The range over which a slot was moved. */
export interface Moved {
  readonly from: Lsn;
  readonly to: Lsn;
}

/**
 * Reports what will be missing, asks for confirmation, and moves a slot.
 *
 * @returns The skipped range, or `null` without confirmation.
 * @throws {Error} If the slot is already further ahead.
 */
export async function moveSlot(
  context: CommandContext,
  database: Database,
  slot: Slot,
  target: Lsn,
): Promise<Moved | null> {
  const { name } = slot;
  const from = slot.confirmedFlushLsn ?? slot.restartLsn;
  if (from === null) {
    throw new Error(`Slot "${name}" has no position yet: start its consumer`);
  }
  if (target < from) {
    throw new Error(
      `Slot "${name}" stands at ${formatLsn(from)}, beyond ${
        formatLsn(target)
      }: it only moves forward`,
    );
  }
  const question = `Move slot ${name} to ${formatLsn(target)}?`;
  if (!await confirm(context, [describeGap(from, target)], question)) {
    return null;
  }
  const reached = await database.value(
    `SELECT end_lsn FROM pg_replication_slot_advance(${literal(name)}, ${
      literal(formatLsn(target))
    })`,
  );
  return { from, to: parseLsn(reached ?? formatLsn(target)) };
}

/** Reports the result of {@linkcode moveSlot}. */
export async function tellMoved(
  { host, args }: CommandContext,
  name: string,
  { from, to }: Moved,
): Promise<void> {
  if (args.flag("json")) {
    const gap = { from: formatLsn(from), to: formatLsn(to) };
    return await host.write(`${JSON.stringify({ moved: name, gap })}\n`);
  }
  host.tell([`Moved slot ${name} to ${formatLsn(to)}`]);
}
