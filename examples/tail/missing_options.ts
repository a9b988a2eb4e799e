import { connect } from "@walbrook/walbrook/replication";
import { PGOUTPUT, type TailOptions, UsageError } from "./arguments.ts";

/**
 * Refuses options that leave open what to follow, and names what there is to choose
 * from in the database.
 *
 * @param connection Where to look.
 * @param options What was given.
 * @param signal Gives up.
 * @throws {UsageError} If slot or publication is missing.
 */
export async function requireSlotAndPublication(
  connection: string | undefined,
  options: Pick<TailOptions, "slot" | "temporary" | "publications" | "plugin">,
  signal: AbortSignal,
): Promise<void> {
  const { slot, temporary, publications, plugin } = options;
  if (plugin === PGOUTPUT && publications.length === 0) {
    const found = await names(
      connection,
      "SELECT pubname FROM pg_catalog.pg_publication ORDER BY 1",
      signal,
    );
    throw new UsageError(
      found.length > 0
        ? `Which changes? Pass --publication with one of: ${found.join(", ")}`
        : "There is no publication in this database yet: make one with CREATE PUBLICATION name FOR ALL TABLES, and pass --publication name",
    );
  }
  if (slot === undefined && !temporary) {
    const found = await names(
      connection,
      "SELECT slot_name FROM pg_catalog.pg_replication_slots " +
        "WHERE NOT temporary " +
        `AND plugin OPERATOR(pg_catalog.=) '${plugin.replaceAll("'", "''")}' ` +
        "AND database OPERATOR(pg_catalog.=) pg_catalog.current_database() " +
        "ORDER BY 1",
      signal,
    );
    const existing = found.length > 0 ? ` (there is ${found.join(", ")})` : "";
    throw new UsageError(
      `Which slot? Pass --temporary to look on from now, or --slot NAME${existing}, with --create-slot if it is new`,
    );
  }
}

async function names(
  connection: string | undefined,
  sql: string,
  signal: AbortSignal,
): Promise<string[]> {
  await using session = await connect(connection, { signal });
  const [result] = await session.query(sql, { signal });
  return result?.rows.map(([name]) => name ?? "") ?? [];
}
