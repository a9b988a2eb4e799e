import { formatLsn } from "@walbrook/walbrook";
import type { CommandContext } from "../command/command.ts";
import { openDatabase } from "../database/database.ts";

/** Runs `slots create`. */
export async function createSlot(context: CommandContext): Promise<void> {
  const { host, args } = context;
  const [name = ""] = args.operands;
  const plugin = args.value("plugin") ?? "pgoutput";
  const database = await openDatabase(context, 1);
  try {
    const { connection } = database;
    const { consistentPoint } = await connection.createReplicationSlot(name, {
      kind: "logical",
      plugin,
      signal: host.stop,
      ...args.flag("two-phase") ? { twoPhase: true } : {},
      ...args.flag("failover") ? { failover: true } : {},
    });
    const from = formatLsn(consistentPoint);
    if (args.flag("json")) {
      return await host.write(
        `${JSON.stringify({ created: name, plugin, from })}\n`,
      );
    }
    host.tell([`Created slot ${name}: it keeps what commits from ${from} on`]);
  } finally {
    await database[Symbol.asyncDispose]();
  }
}
