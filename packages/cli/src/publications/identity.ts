import { type Database, literal } from "../database/database.ts";

/**
 * The SQL condition on `pg_class c` that the server can identify the row of an UPDATE or
 * DELETE.
 * Source: `CheckCmdReplicaIdentity()` in `src/backend/executor/execReplication.c`.
 */
export const HAS_IDENTITY = `
  CASE c.relreplident
    WHEN 'd' THEN EXISTS (SELECT FROM pg_index i
      WHERE i.indrelid = c.oid AND i.indisprimary)
    WHEN 'i' THEN EXISTS (SELECT FROM pg_index i
      WHERE i.indrelid = c.oid AND i.indisreplident)
    ELSE c.relreplident = 'f' END`;

// A partitioned table contains no rows: the identities of its partitions matter.
const LEAVES = `
  pg_publication_tables t
  JOIN pg_namespace root_n ON root_n.nspname = t.schemaname
  JOIN pg_class root ON root.relnamespace = root_n.oid AND root.relname = t.tablename
  CROSS JOIN LATERAL (
    SELECT root.oid AS leaf WHERE root.relkind <> 'p'
    UNION ALL
    SELECT relid FROM pg_partition_tree(root.oid)
      WHERE root.relkind = 'p' AND isleaf) AS leaves
  JOIN pg_class c ON c.oid = leaves.leaf
  JOIN pg_namespace n ON n.oid = c.relnamespace`;

/** The query for the tables of publications `p` that have no identity. */
export const BROKEN_TABLES: string = `
  SELECT DISTINCT format('%I.%I', n.nspname, c.relname) FROM ${LEAVES}
  WHERE t.pubname = p.pubname AND (p.pubupdate OR p.pubdelete)
  AND NOT (${HAS_IDENTITY})`;

/**
 * Finds the tables whose updates and deletes the server rejects because of a publication.
 *
 * @returns Their names, or `null` if the publication does not exist.
 */
export async function brokenTables(
  database: Database,
  publication: string,
): Promise<string[] | null> {
  const found = await database.value(
    `SELECT array_to_json(ARRAY(${BROKEN_TABLES} ORDER BY 1))
     FROM pg_publication p WHERE p.pubname = ${literal(publication)}`,
  );
  return found === null ? null : JSON.parse(found);
}
