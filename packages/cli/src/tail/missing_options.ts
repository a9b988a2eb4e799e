import { connect } from "@walbrook/walbrook/replication";
import { UsageError } from "../command/usage_error.ts";
import { PGOUTPUT, type TailOptions } from "./arguments.ts";

/**
 * Rejects options that do not specify what to follow, and names the alternatives in the
 * database.
 *
 * @param connection The database to query.
 * @param options The given options.
 * @param signal Aborts the query.
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
        : adviceForPublication(
          await names(connection, TABLES_WITH_IDENTITY, signal),
          await names(connection, TABLES_WITHOUT_IDENTITY, signal),
        ),
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

/** How many tables a message lists. */
const MOST_LISTED = 5;

/**
 * Returns advice on which publication to create. It never contains a table without a key:
 * once published, the server rejects its updates and deletes.
 *
 * @param keyed The tables with a replica identity, quoted where necessary.
 * @param keyless The tables without one.
 */
function adviceForPublication(
  keyed: readonly string[],
  keyless: readonly string[],
): string {
  const some = keyed.slice(0, MOST_LISTED).join(", ") || "NAME";
  const advice =
    `There is no publication in this database yet: create one with CREATE PUBLICATION my_publication FOR TABLE ${some}, and pass --publication my_publication`;
  if (keyless.length === 0) return advice;
  const others = keyless.slice(0, MOST_LISTED).join(", ");
  const more = keyless.length > MOST_LISTED ? " and others" : "";
  return `${advice}. Leave out ${others}${more}, which have no key that the server would send: once they are published, it refuses their UPDATEs and DELETEs`;
}

const tablesWhere = (condition: string) => `
  SELECT pg_catalog.quote_ident(n.nspname) OPERATOR(pg_catalog.||) '.'
    OPERATOR(pg_catalog.||) pg_catalog.quote_ident(c.relname)
  FROM pg_catalog.pg_class c
  JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace
  WHERE c.relkind OPERATOR(pg_catalog.=) ANY ('{r,p}'::pg_catalog."char"[])
  AND c.relpersistence OPERATOR(pg_catalog.=) 'p'
  AND NOT c.relispartition
  AND n.nspname OPERATOR(pg_catalog.<>) 'information_schema'
  AND n.nspname OPERATOR(pg_catalog.!~~) 'pg\\_%'
  AND ${condition} CASE WHEN c.relreplident OPERATOR(pg_catalog.=) 'd' THEN EXISTS (
      SELECT FROM pg_catalog.pg_index i
      WHERE i.indrelid OPERATOR(pg_catalog.=) c.oid AND i.indisprimary)
    ELSE c.relreplident OPERATOR(pg_catalog.<>) 'n' END
  ORDER BY 1`;
const TABLES_WITH_IDENTITY = tablesWhere("");
const TABLES_WITHOUT_IDENTITY = tablesWhere("NOT");

async function names(
  connection: string | undefined,
  sql: string,
  signal: AbortSignal,
): Promise<string[]> {
  await using session = await connect(connection, { signal });
  const [result] = await session.query(sql, { signal });
  return result?.rows.map(([name]) => name ?? "") ?? [];
}
