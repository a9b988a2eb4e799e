import type { Check } from "./check.ts";

const END_OF_WAL = `CASE WHEN pg_is_in_recovery()
    THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_lsn() END`;
const DROP = `format('SELECT pg_drop_replication_slot(%L)', slot_name)`;

/** Checks of the replication slots. */
export const SLOT_CHECKS: readonly Check[] = [
  {
    id: "slotMissing",
    severity: "warning",
    sql: `SELECT :slot,
      format('SELECT pg_create_logical_replication_slot(%L, %L)', :slot, :plugin)
      WHERE :slot IS NOT NULL
        AND NOT EXISTS (SELECT FROM pg_replication_slots WHERE slot_name = :slot)`,
    problem: "The replication slot does not exist",
    fix:
      "Subscribe with create: true, or create it; changes are retained from then on",
  },
  {
    id: "slotForeign",
    severity: "error",
    sql: `SELECT format('%s: %s, plugin %s, database %s', slot_name, slot_type,
        coalesce(plugin, '-'), coalesce(database, '-')),
      NULL
      FROM pg_replication_slots
      WHERE slot_name = :slot AND (slot_type <> 'logical'
        OR database <> current_database() OR plugin <> :plugin)`,
    problem: "The slot is of another kind, plugin or database",
    fix: "Use another name, or connect to the database that it belongs to",
  },
  {
    id: "slotLost",
    severity: "error",
    sql: `SELECT format('%s: wal_status = lost', slot_name), ${DROP}
      FROM pg_replication_slots WHERE slot_name = :slot AND wal_status = 'lost'`,
    problem:
      "The server has invalidated the slot: the changes after it are lost",
    fix:
      'Drop it, create it again, and copy the tables; or pass create: true and gaps: "event"',
  },
  {
    id: "slotInDanger",
    severity: "error",
    sql: `SELECT format('%s: wal_status = %s, safe_wal_size = %s', slot_name,
        wal_status, pg_size_pretty(safe_wal_size)),
      'ALTER SYSTEM SET max_slot_wal_keep_size = ''10GB''; SELECT pg_reload_conf()'
      FROM pg_replication_slots
      WHERE slot_name = :slot AND (wal_status = 'unreserved'
        OR wal_status <> 'lost' AND safe_wal_size < 256 * 1024 * 1024
          AND (NOT active OR wal_status = 'extended'))`,
    problem: "The server is about to invalidate the slot",
    fix: "Start the consumer, or raise max_slot_wal_keep_size now",
    providers: {
      rds:
        "Start the consumer, or raise max_slot_wal_keep_size in the parameter group",
      cloudsql: "Start the consumer: max_slot_wal_keep_size can't be set there",
      neon:
        "Start the consumer: slots that nobody uses are removed after about 40 hours, while another slot is in use",
    },
  },
  {
    id: "slotBusy",
    severity: "warning",
    sql:
      `SELECT format('%s: process %s, %s from %s since %s', slot_name, active_pid,
        coalesce(nullif(application_name, ''), '-'),
        coalesce(host(client_addr), 'a local socket'),
        backend_start::timestamptz(0)),
      format('SELECT pg_terminate_backend(%s)', active_pid)
      FROM pg_replication_slots
      LEFT JOIN pg_stat_replication ON pid = active_pid
      WHERE slot_name = :slot AND active`,
    problem: "The slot is in use: a second subscription is rejected",
    fix: "Stop the other one; or pass wait: true, to take over when it ends",
  },
  {
    id: "slotBehind",
    severity: "warning",
    sql: `SELECT format('%s: %s behind', slot_name,
        pg_size_pretty(pg_wal_lsn_diff(${END_OF_WAL}, confirmed_flush_lsn))),
      NULL
      FROM pg_replication_slots
      WHERE slot_name = :slot
        AND pg_wal_lsn_diff(${END_OF_WAL}, confirmed_flush_lsn) > 1e9`,
    problem: "The consumer does not keep up, or is not running",
    fix: "Start it, or check what it waits for",
  },
  {
    id: "slotHeld",
    severity: "warning",
    sql: `SELECT format('%s keeps %s below what is confirmed', slot_name,
        pg_size_pretty(pg_wal_lsn_diff(confirmed_flush_lsn, restart_lsn))),
      NULL
      FROM pg_replication_slots
      WHERE slot_name = :slot
        AND pg_wal_lsn_diff(confirmed_flush_lsn, restart_lsn) > 1e9`,
    problem: "A long transaction makes the slot retain WAL",
    fix: "End it (see longTransaction)",
  },
  {
    id: "slotOrphan",
    severity: "warning",
    sql: `SELECT format('%s keeps %s', slot_name,
        pg_size_pretty(pg_wal_lsn_diff(${END_OF_WAL}, restart_lsn))),
      ${DROP}
      FROM pg_replication_slots
      WHERE NOT active AND slot_name IS DISTINCT FROM :slot
        AND pg_wal_lsn_diff(${END_OF_WAL}, restart_lsn) > 16 * 1024 * 1024`,
    problem: "Nobody reads this slot, and it retains WAL",
    fix: "Drop it, if nobody needs it",
  },
  {
    id: "slotXmin",
    severity: "warning",
    sql: `SELECT format('%s: catalog_xmin is %s transactions old', slot_name,
        age(catalog_xmin)),
      NULL
      FROM pg_replication_slots WHERE age(catalog_xmin) > 50000000`,
    problem:
      "The catalog can't be vacuumed: it grows, and wraparound comes nearer",
    fix: "Let its consumer catch up, or drop the slot",
  },
  {
    id: "slotNoFailover",
    severity: "warning",
    since: 170000,
    sql: `SELECT slot_name::text,
      format('ALTER_REPLICATION_SLOT %I (FAILOVER true)', slot_name)
      FROM pg_replication_slots
      WHERE slot_name = :slot AND NOT failover AND NOT temporary AND EXISTS (
        SELECT FROM pg_replication_slots WHERE slot_type = 'physical' AND active)`,
    problem:
      "There is a standby, but the slot does not exist there: a failover loses it",
    fix:
      "Set FAILOVER on a replication connection, and sync_replication_slots = on at the standby",
  },
  {
    id: "failoverUnsynchronized",
    severity: "warning",
    since: 170000,
    sql: `SELECT slot_name || ': synchronized_standby_slots is empty', NULL
      FROM pg_replication_slots
      WHERE slot_name = :slot AND failover
        AND current_setting('synchronized_standby_slots') = ''`,
    problem: "The consumer may receive changes that a failover loses",
    fix: "Name the standby's physical slot in synchronized_standby_slots",
  },
  {
    id: "slotBeingCreated",
    severity: "warning",
    sql: `SELECT format('%s, by process %s', slot_name, active_pid), NULL
      FROM pg_replication_slots
      WHERE slot_type = 'logical' AND active AND confirmed_flush_lsn IS NULL`,
    problem: "A slot is being created, and waits for running transactions",
    fix: "End them (see longTransaction)",
  },
];
