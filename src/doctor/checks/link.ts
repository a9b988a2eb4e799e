import type { Check } from "./check.ts";

/** Checks of the connection from here to the server. */
export const LINK_CHECKS: readonly Check[] = [
  {
    id: "plainLink",
    severity: "warning",
    sql: `SELECT 'no TLS from ' || host(client_addr), NULL
      FROM pg_stat_ssl JOIN pg_stat_activity USING (pid)
      WHERE pid = pg_backend_pid() AND NOT ssl AND client_addr IS NOT NULL
        AND NOT client_addr <<= '127.0.0.0/8' AND client_addr <> '::1'`,
    problem: "Anyone on the network path can read every row",
    fix: "Connect with sslmode=verify-full",
  },
  {
    id: "pooler",
    severity: "error",
    sql: `SELECT 'the login named process ' || :pid || ', the server has '
        || pg_backend_pid(),
      NULL
      WHERE pg_backend_pid() <> :pid AND NOT :walsender`,
    problem: "A pooler is in between that does not support replication",
    fix:
      "Connect to the server itself (PgBouncer supports replication from 1.23 on)",
    providers: {
      supabase:
        "Use db.<ref>.supabase.co on port 5432 (IPv6, or the IPv4 add-on), not the pooler",
      neon: "Use the host without -pooler",
      rds: "Use the instance's endpoint, not RDS Proxy",
      aurora: "Use the cluster's endpoint, not RDS Proxy",
      azure: "Use port 5432, not the built-in PgBouncer on 6432",
      crunchy: "Use port 5432, not the built-in PgBouncer on 5431",
      pgbouncer: "Use PgBouncer 1.23 or later, or connect to the server itself",
    },
  },
  {
    id: "poolerPasses",
    severity: "info",
    sql: `SELECT 'the login named process ' || :pid || ', the server has '
        || pg_backend_pid(),
      NULL
      WHERE pg_backend_pid() <> :pid AND :walsender`,
    problem: "A proxy or pooler is in between, and supports replication",
    fix:
      "Connect to the server itself if you can: that is one component less that can fail",
  },
  {
    id: "portDiffers",
    severity: "info",
    sql: `SELECT 'dialled ' || :port || ', the server listens on '
        || inet_server_port(),
      NULL
      WHERE inet_server_port() <> :port::int`,
    problem: "A tunnel, a container's port mapping or a proxy is in between",
    fix: "Nothing, if you know of it",
  },
  {
    id: "clock",
    severity: "warning",
    sql:
      `SELECT round(extract(epoch FROM clock_timestamp() - :now::timestamptz))
        || ' s apart',
      NULL
      WHERE abs(extract(epoch FROM clock_timestamp() - :now::timestamptz)) > 2`,
    problem: "The lag in time compares two clocks, which differ",
    fix: "Synchronise the clocks of both machines",
  },
];
