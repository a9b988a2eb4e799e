import type { Check } from "./check.ts";

/** Checks of what runs on the server. */
export const ACTIVITY_CHECKS: readonly Check[] = [
  {
    id: "longTransaction",
    severity: "warning",
    sql: `SELECT format('process %s of %s, for %s', pid, usename,
        date_trunc('second', now() - xact_start)),
      format('SELECT pg_terminate_backend(%s)', pid)
      FROM pg_stat_activity
      WHERE backend_xid IS NOT NULL
        AND xact_start < now() - make_interval(secs => :long)
      ORDER BY xact_start LIMIT 5`,
    problem:
      "Slots are not created before it ends, and WAL is kept from its start",
    fix: "End it: COMMIT or ROLLBACK, or terminate its process",
  },
  {
    id: "preparedTransaction",
    severity: "warning",
    sql:
      `SELECT format('%s, for %s', gid, date_trunc('second', now() - prepared)),
      format('ROLLBACK PREPARED %L', gid)
      FROM pg_prepared_xacts
      WHERE prepared < now() - make_interval(secs => :long)`,
    problem: "It keeps WAL and holds up new slots, and survives restarts",
    fix: "End it: COMMIT PREPARED or ROLLBACK PREPARED, in its database",
  },
  {
    id: "subscriptionLoop",
    severity: "info",
    sql: `SELECT subname::text, NULL FROM pg_subscription WHERE subenabled`,
    problem: "Rows that this server receives from elsewhere are delivered, too",
    fix: 'Pass origin: "none" to leave them out (PostgreSQL 16 or later)',
  },
  {
    id: "hba",
    severity: "info",
    sql: `SELECT format('pg_hba.conf, line %s: %s', line_number, error), NULL
      FROM pg_hba_file_rules WHERE error IS NOT NULL`,
    problem: "A line that the server can't read is not in force",
    fix:
      "Mend the line, and reload; logical replication uses the lines of its database",
  },
];
