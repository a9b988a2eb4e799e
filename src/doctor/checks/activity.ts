import type { Check } from "./check.ts";

/** Checks of the activity on the server. */
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
    problem: "New slots wait for its end, and WAL is retained from its start",
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
    problem: "It retains WAL and blocks new slots, and survives restarts",
    fix: "End it: COMMIT PREPARED or ROLLBACK PREPARED, in its database",
  },
  {
    id: "subscriptionLoop",
    severity: "info",
    sql: `SELECT subname::text, NULL FROM pg_subscription WHERE subenabled`,
    problem: "Rows replicated to this server are delivered, too",
    fix: 'Pass origin: "none" to leave them out (PostgreSQL 16 or later)',
  },
  {
    id: "hba",
    severity: "info",
    sql: `SELECT format('pg_hba.conf, line %s: %s', line_number, error), NULL
      FROM pg_hba_file_rules WHERE error IS NOT NULL`,
    problem: "The server ignores a line that it can't parse",
    fix:
      "Correct the line, and reload; logical replication uses the lines of its database",
  },
];
