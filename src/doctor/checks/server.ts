import type { Check } from "./check.ts";

/** Checks of the server's settings. */
export const SERVER_CHECKS: readonly Check[] = [
  {
    id: "walLevel",
    severity: "error",
    sql: `SELECT 'wal_level = ' || current_setting('wal_level'),
      'ALTER SYSTEM SET wal_level = logical'
      WHERE current_setting('wal_level') <> 'logical'`,
    problem: "The WAL lacks what logical decoding needs",
    fix: "Set wal_level to logical and restart the server",
    providers: {
      rds:
        "Set rds.logical_replication = 1 in the parameter group, and reboot the instance",
      aurora:
        "Set rds.logical_replication = 1 in the cluster parameter group, and reboot the writer",
      cloudsql: "Set the flag cloudsql.logical_decoding = on (restarts)",
      alloydb: "Set the flag alloydb.logical_decoding = on (restarts)",
      azure:
        "Set the server parameter wal_level to LOGICAL, and restart the server",
      neon:
        "Enable logical replication in the project's settings (cannot be undone, restarts the computes)",
      supabase: "It is logical by default: contact support",
      crunchy:
        "It is logical by default: check the cluster's settings, or contact support",
    },
  },
  {
    id: "versionOld",
    severity: "warning",
    before: 140000,
    sql: `SELECT 'PostgreSQL ' || current_setting('server_version'), NULL`,
    problem: "This version is older than the tested ones",
    fix: "Use PostgreSQL 14 or later",
  },
  {
    id: "versionMinor",
    severity: "warning",
    sql: `SELECT 'PostgreSQL ' || current_setting('server_version'), NULL
      WHERE current_setting('server_version_num')::int
        IN (140018, 150013, 160009, 170005)`,
    problem:
      "In this minor release, logical decoding can use up the memory: it distributes invalidations again and again",
    fix: "Install the next minor release: 14.19, 15.14, 16.10 or 17.6",
  },
  {
    id: "standby",
    severity: "error",
    before: 160000,
    sql: `SELECT 'pg_is_in_recovery() = true', NULL WHERE pg_is_in_recovery()`,
    problem: "This server is a standby, which decodes only from 16 on",
    fix:
      "Connect to the primary: list all servers in connection, with target_session_attrs=read-write",
    providers: {
      aurora: "Use the cluster endpoint, not the reader's (-ro)",
    },
  },
  {
    id: "standbyFeedback",
    severity: "warning",
    since: 160000,
    sql: `SELECT 'hot_standby_feedback = off',
      'ALTER SYSTEM SET hot_standby_feedback = on; SELECT pg_reload_conf()'
      WHERE pg_is_in_recovery()
        AND current_setting('hot_standby_feedback') = 'off'`,
    problem:
      "A vacuum on the primary can invalidate the slots of this standby (rows_removed)",
    fix:
      "Set hot_standby_feedback = on, and let the standby use a physical slot on the primary",
  },
  {
    id: "slotsFull",
    severity: "error",
    sql: `SELECT count(*) || ' of max_replication_slots = '
        || current_setting('max_replication_slots'),
      NULL
      FROM pg_replication_slots
      HAVING count(*) >= current_setting('max_replication_slots')::int
        AND NOT coalesce(bool_or(slot_name = :slot), false)`,
    problem: "No slot can be created: all are in use",
    fix:
      "Drop slots that nobody needs (see slotOrphan), or raise max_replication_slots (restart)",
    providers: {
      rds: "Drop slots, or raise max_replication_slots in the parameter group",
      aurora:
        "Drop slots, or raise max_replication_slots in the cluster parameter group",
      cloudsql: "Drop slots, or set the flag max_replication_slots",
      azure: "Drop slots, or raise the server parameter max_replication_slots",
    },
  },
  {
    id: "sendersFull",
    severity: "error",
    sql: `SELECT count(*) || ' of max_wal_senders = '
        || current_setting('max_wal_senders'),
      NULL
      FROM pg_stat_replication
      HAVING count(*) >= current_setting('max_wal_senders')::int`,
    problem: "No replication connection is left: all are in use",
    fix:
      "Raise max_wal_senders (restart); a standby and a base backup take one each, too",
    providers: {
      rds: "Raise max_wal_senders in the parameter group",
      cloudsql: "Set the flag max_wal_senders",
      azure: "Raise the server parameter max_wal_senders",
    },
  },
  {
    id: "connectionsLow",
    severity: "warning",
    sql: `SELECT count(*) || ' of max_connections = '
        || current_setting('max_connections'),
      NULL
      FROM pg_stat_activity WHERE backend_type = 'client backend'
      HAVING current_setting('max_connections')::int
        - current_setting('superuser_reserved_connections')::int
        - count(*) < 5`,
    problem:
      "Few ordinary connections are left, which look-ups and copies of tables need",
    fix:
      "Close connections, put a pooler before the application, or raise max_connections (restart)",
  },
  {
    id: "keepSizeNone",
    severity: "warning",
    sql: `SELECT 'max_slot_wal_keep_size = -1',
      'ALTER SYSTEM SET max_slot_wal_keep_size = ''10GB''; SELECT pg_reload_conf()'
      WHERE current_setting('max_slot_wal_keep_size') = '-1'`,
    problem: "A slot that nobody reads fills the disk until the server stops",
    fix: "Set max_slot_wal_keep_size to what the disk can spare",
    providers: {
      rds: "Set max_slot_wal_keep_size in the parameter group (in MB)",
      aurora:
        "Watch the storage: Aurora keeps WAL in the cluster volume, which grows",
      cloudsql:
        "max_slot_wal_keep_size can't be set there: watch the storage, which grows and never shrinks again, and drop slots that nobody needs",
      alloydb:
        "max_slot_wal_keep_size can't be set there: watch the storage, and drop slots that nobody needs",
      azure:
        "max_slot_wal_keep_size is read-only there: watch the storage, and drop slots that nobody needs; a full disk makes the server read-only",
    },
  },
  {
    id: "keepSizeSmall",
    severity: "warning",
    sql: `SELECT 'max_slot_wal_keep_size = '
        || current_setting('max_slot_wal_keep_size'),
      'ALTER SYSTEM SET max_slot_wal_keep_size = ''10GB''; SELECT pg_reload_conf()'
      FROM pg_settings
      WHERE name = 'max_slot_wal_keep_size'
        AND setting::bigint BETWEEN 0 AND 1023`,
    problem: "A short stop of the consumer invalidates the slot",
    fix:
      "Raise max_slot_wal_keep_size above what is written while the consumer may be down",
    providers: {
      supabase:
        "The project's size sets max_slot_wal_keep_size: raise it with supabase postgres-config, or choose a larger disk",
    },
  },
  {
    id: "idleTimeout",
    severity: "warning",
    since: 180000,
    sql: `SELECT 'idle_replication_slot_timeout = '
        || current_setting('idle_replication_slot_timeout'),
      'ALTER SYSTEM SET idle_replication_slot_timeout = 0; SELECT pg_reload_conf()'
      FROM pg_settings
      WHERE name = 'idle_replication_slot_timeout' AND setting::bigint > 0`,
    problem: "A consumer that is off for longer loses its slot",
    fix:
      "Raise idle_replication_slot_timeout above the longest stop, or set it to 0",
  },
  {
    id: "senderTimeoutOff",
    severity: "warning",
    sql: `SELECT 'wal_sender_timeout = 0',
      format('ALTER ROLE %I SET wal_sender_timeout = ''60s''', current_user)
      WHERE current_setting('wal_sender_timeout') IN ('0', '0s')`,
    problem:
      "A client that vanished keeps the slot in use until someone terminates its process",
    fix: "Set wal_sender_timeout to a minute",
  },
  {
    id: "senderTimeoutShort",
    severity: "warning",
    sql:
      `SELECT 'wal_sender_timeout = ' || current_setting('wal_sender_timeout'),
      format('ALTER ROLE %I SET wal_sender_timeout = ''60s''', current_user)
      FROM pg_settings
      WHERE name = 'wal_sender_timeout' AND setting::int BETWEEN 1 AND 4999`,
    problem: "A short pause of the client's process costs the connection",
    fix: "Set wal_sender_timeout to 5 s or more",
  },
  {
    id: "synchronousStandby",
    severity: "error",
    sql: `SELECT 'synchronous_standby_names = '
        || current_setting('synchronous_standby_names'),
      NULL
      WHERE current_setting('synchronous_standby_names') ~ '(\\*|walbrook)'`,
    problem: "Every commit on the server may wait for this subscription",
    fix: "Name the standbys in synchronous_standby_names, instead of *",
  },
  {
    id: "encodingAscii",
    severity: "warning",
    sql: `SELECT 'server_encoding = SQL_ASCII', NULL
      FROM pg_database
      WHERE datname = current_database()
        AND pg_encoding_to_char(encoding) = 'SQL_ASCII'`,
    problem:
      "The database does not check the encoding of text: values that are not UTF-8 come as bytes",
    fix: "Convert the data to a database with the encoding UTF8",
  },
  {
    id: "encodingOther",
    severity: "info",
    sql: `SELECT 'server_encoding = ' || pg_encoding_to_char(encoding), NULL
      FROM pg_database
      WHERE datname = current_database()
        AND pg_encoding_to_char(encoding) NOT IN ('UTF8', 'SQL_ASCII')`,
    problem:
      "Only pgoutput converts text to UTF-8: other output plugins are rejected",
    fix: "Use pgoutput",
  },
  {
    id: "decodingSpills",
    severity: "info",
    sql: `SELECT format('%s: %s transactions, %s', slot_name, spill_txns,
        pg_size_pretty(spill_bytes)),
      NULL
      FROM pg_stat_replication_slots
      WHERE slot_name = :slot AND spill_bytes > 100e6`,
    problem:
      "The server writes large transactions to its disk while it decodes",
    fix:
      "Raise logical_decoding_work_mem, or keep the option streaming enabled",
  },
];
