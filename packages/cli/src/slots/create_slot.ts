import { formatLsn } from "@walbrook/walbrook";
import type { CommandContext } from "../command/command.ts";
import { tellIfSlow } from "../command/tell_if_slow.ts";
import { type Database, openDatabase } from "../database/database.ts";

/** Runs `slots create`. */
export async function createSlot(context: CommandContext): Promise<void> {
  const { host, args } = context;
  const [name = ""] = args.operands;
  const plugin = args.value("plugin") ?? "pgoutput";
  const database = await openDatabase(context, 1);
  try {
    await checkServer(database);
    const created = database.connection.createReplicationSlot(name, {
      kind: "logical",
      plugin,
      signal: host.stop,
      ...args.flag("two-phase") ? { twoPhase: true } : {},
      ...args.flag("failover") ? { failover: true } : {},
    });
    const { consistentPoint } = await tellIfSlow(host, "slots create", created);
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

// The server's own errors do not say what to do.
async function checkServer(database: Database): Promise<void> {
  const [{ level, standby } = {}] = await database.rows(
    "SELECT current_setting('wal_level') AS level, pg_is_in_recovery() AND current_setting('server_version_num')::int < 160000 AS standby",
  );
  if (standby === "t") {
    throw new Error(
      "Cannot create a slot: this server is a standby, which decodes from PostgreSQL 16 on; connect to the primary",
    );
  }
  if (level !== "logical") {
    throw new Error(
      `Cannot create a slot: the server's wal_level is "${level}"; run ALTER SYSTEM SET wal_level = logical and restart the server`,
    );
  }
}
