import type { Check } from "./check.ts";
import { PUBLISHED } from "./published.ts";

/** Checks of the role. */
export const ROLE_CHECKS: readonly Check[] = [
  {
    id: "roleReplication",
    severity: "error",
    sql: `SELECT current_user::text,
      CASE WHEN EXISTS (SELECT FROM pg_roles WHERE rolname = 'rds_replication')
        THEN format('GRANT rds_replication TO %I', current_user)
        ELSE format('ALTER ROLE %I REPLICATION', current_user) END
      FROM pg_roles
      WHERE rolname = current_user AND NOT (rolreplication OR rolsuper)
        AND NOT EXISTS (SELECT FROM pg_roles g
          WHERE g.rolname = 'rds_replication'
            AND pg_has_role(current_user, g.oid, 'MEMBER'))`,
    problem: "The role may not replicate",
    fix: "Give the role the attribute REPLICATION",
    providers: {
      rds: "Grant rds_replication to the role",
      aurora: "Grant rds_replication to the role",
      cloudsql:
        "Run ALTER USER … WITH REPLICATION as a member of cloudsqlsuperuser",
      alloydb:
        "Run ALTER USER … WITH REPLICATION as a member of alloydbsuperuser",
      azure: "Run ALTER ROLE … WITH REPLICATION as the administrator",
      supabase: "Use postgres, or run ALTER ROLE … REPLICATION as postgres",
      neon: "Use a role made in the console: those made by SQL lack it",
    },
  },
  {
    id: "roleSuper",
    severity: "info",
    sql: `SELECT current_user::text,
      'CREATE ROLE walbrook LOGIN REPLICATION PASSWORD ''…'''
      FROM pg_roles WHERE rolname = current_user AND rolsuper`,
    problem: "The role is a superuser",
    fix: "LOGIN and REPLICATION are enough, and SELECT on the tables to copy",
  },
  {
    id: "roleLimit",
    severity: "warning",
    sql: `SELECT rolname || ': CONNECTION LIMIT ' || rolconnlimit,
      format('ALTER ROLE %I CONNECTION LIMIT 10', rolname)
      FROM pg_roles
      WHERE rolname = current_user AND rolconnlimit BETWEEN 0 AND 2`,
    problem:
      "A subscription sometimes needs two connections, a copy needs more",
    fix: "Raise the role's connection limit",
  },
  {
    id: "roleExpires",
    severity: "warning",
    sql: `SELECT rolname || ': VALID UNTIL ' || rolvaliduntil,
      format('ALTER ROLE %I VALID UNTIL ''infinity''', rolname)
      FROM pg_roles
      WHERE rolname = current_user
        AND rolvaliduntil < now() + interval '14 days'`,
    problem: "The password expires soon, and reconnecting will then fail",
    fix: "Give the role a new password, or another expiry date",
  },
  {
    id: "roleSettings",
    severity: "warning",
    sql: `SELECT setting,
      CASE WHEN setrole = 0
        THEN format('ALTER ROLE %I SET %I = DEFAULT', current_user, split_part(setting, '=', 1))
        ELSE format('ALTER ROLE %I RESET %I', current_user, split_part(setting, '=', 1)) END
      FROM pg_db_role_setting, unnest(setconfig) setting
      WHERE setrole IN (0, (SELECT oid FROM pg_roles WHERE rolname = current_user))
        AND setdatabase IN (0, (SELECT oid FROM pg_database WHERE datname = current_database()))
        AND setting ~ '^(statement_timeout|lock_timeout|idle_in_transaction_session_timeout|transaction_timeout|idle_session_timeout|default_transaction_read_only|row_security)='`,
    problem: "This setting of the role or database can end a copy or a look-up",
    fix: "Reset it for the role that replicates",
  },
  {
    id: "roleSelect",
    severity: "info",
    sql: `WITH ${PUBLISHED}
      SELECT DISTINCT format('%I.%I', schemaname, tablename),
        format('GRANT USAGE ON SCHEMA %I TO %I; GRANT SELECT ON TABLE %I.%I TO %I',
          schemaname, current_user, schemaname, tablename, current_user)
      FROM published
      WHERE NOT has_table_privilege(oid, 'SELECT')
        OR NOT has_schema_privilege(schemaname, 'USAGE')`,
    problem:
      "The changes of this table are delivered, but its rows can't be copied",
    fix: "Grant SELECT to the role, if its rows are to be copied",
  },
  {
    id: "rowSecurity",
    severity: "warning",
    sql: `WITH ${PUBLISHED}
      SELECT DISTINCT format('%I.%I', schemaname, tablename),
        format('ALTER ROLE %I BYPASSRLS', current_user)
      FROM published WHERE relrowsecurity`,
    problem:
      "Row security does not apply to the stream: the changes of every row are delivered",
    fix:
      "Use a row filter in the publication to keep rows private; a copy needs a role with BYPASSRLS",
  },
];
