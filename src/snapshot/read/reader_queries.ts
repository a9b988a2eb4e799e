/** The query for whether the server is a standby, and for its `wal_writer_delay`. */
export const FACTS_QUERY: string =
  "SELECT pg_catalog.pg_is_in_recovery(), (SELECT s.setting FROM pg_catalog.pg_settings s " +
  "WHERE s.name OPERATOR(pg_catalog.=) 'wal_writer_delay')";

/** The query for the snapshot, and for the age of a transaction with a known id. */
export const NEXT_XID_QUERY: string =
  "SELECT pg_catalog.pg_current_snapshot(), pg_catalog.age('3'::pg_catalog.xid)";

/** The query for the snapshot. */
export const SNAPSHOT_QUERY: string = "SELECT pg_catalog.pg_current_snapshot()";

/** The query for the position up to which the WAL is flushed. */
export const FLUSH_QUERY: string =
  "SELECT pg_catalog.pg_current_wal_flush_lsn()";

/** Writes the query for whether a table with an OID exists. */
export function existsQuery(oid: number): string {
  return `SELECT EXISTS (SELECT FROM pg_catalog.pg_class c WHERE c.oid OPERATOR(pg_catalog.=) ${oid})`;
}

/**
 * Writes the query that describes, for people, the transactions with the given ids.
 *
 * @param xids The ids, as SQL literals separated by commas.
 */
export function blockerQuery(xids: string): string {
  // The state of other roles' sessions is visible only to members of pg_read_all_stats.
  return `SELECT pg_catalog.format('transaction %s: prepared as "%s" at %s', p.transaction, p.gid, p.prepared)
FROM pg_catalog.pg_prepared_xacts p
WHERE p.transaction::pg_catalog.text OPERATOR(pg_catalog.=) ANY (ARRAY[${xids}])
UNION ALL
SELECT pg_catalog.format('transaction %s: process %s (%s), %s since %s', a.backend_xid, a.pid,
  a.application_name, COALESCE(a.state, 'in a state that this role may not see'), a.xact_start)
FROM pg_catalog.pg_stat_activity a
WHERE a.backend_xid::pg_catalog.text OPERATOR(pg_catalog.=) ANY (ARRAY[${xids}])`;
}
