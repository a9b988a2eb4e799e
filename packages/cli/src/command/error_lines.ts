import {
  PostgresError,
  SQLSTATE,
  SubscriptionError,
  type SubscriptionErrorReason,
} from "@walbrook/walbrook";
import { oneLine } from "../text/terminal_text.ts";
import { UsageError } from "./usage_error.ts";

/** Advice for errors of the server whose messages contain none. */
const BY_CODE: Readonly<Record<string, string>> = {
  [SQLSTATE.OBJECT_IN_USE]:
    "Stop the program that uses the slot (pg_stat_replication shows it by that PID), or name another slot with --slot",
  [SQLSTATE.INVALID_PASSWORD]:
    "Check user and password in the connection URL, in PGUSER and PGPASSWORD, or in the password file",
  [SQLSTATE.INVALID_AUTHORIZATION_SPECIFICATION]:
    "Check the user's name, and that the server's pg_hba.conf lets it in from here",
  [SQLSTATE.INVALID_CATALOG_NAME]:
    "Check the database's name at the end of the connection URL, or in PGDATABASE",
  [SQLSTATE.INSUFFICIENT_PRIVILEGE]:
    "To follow changes, a role needs REPLICATION (ALTER ROLE … REPLICATION), and CONNECT on the database",
  [SQLSTATE.TOO_MANY_CONNECTIONS]:
    "End other connections, or raise max_connections and max_wal_senders",
  [SQLSTATE.CONFIGURATION_LIMIT_EXCEEDED]:
    "Drop a slot that nobody needs with pg_drop_replication_slot(), or raise max_replication_slots",
  [SQLSTATE.UNDEFINED_FILE]:
    "If that is the output plugin, install it on the server, or check --plugin",
  [SQLSTATE.DUPLICATE_OBJECT]: "Choose another name, or use the existing one",
  // read_only_sql_transaction
  "25006":
    "This server is a standby, or read-only: connect to the primary, for example with target_session_attrs=read-write",
  [SQLSTATE.INVALID_NAME]:
    "Name the slot with lower-case letters, digits and underscores",
};

const TO_PUBLISH =
  "To create a publication, a role needs REPLICATION (for the connection of this program) and CREATE on the database, and must own the tables";

/** Advice that names the command's options instead of the library's. */
const BY_REASON: Readonly<Partial<Record<SubscriptionErrorReason, string>>> = {
  slotMissing:
    "Create it with --create-slot, or with --temporary for this run alone",
  slotUnusable:
    "The command slots list shows all slots; name another one with --slot",
  publicationMissing:
    "The command publications list shows those of the database",
  startPassed: "Leave out --start-lsn to continue at the position of the slot",
  startAhead: "Leave out --start-lsn to continue at the position of the slot",
};

/**
 * Returns the lines for an error: the error itself, and on a second line advice, unless the
 * error already contains some.
 *
 * @param error The error.
 * @param command The name of the command that failed.
 */
export function errorLines(error: unknown, command: string): string[] {
  const hint = hintFor(error, command);
  const lines = [`${command}: ${messageOf(error)}`, ...hint ? [hint] : []];
  return lines.map(oneLine);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function hintFor(error: unknown, command: string): string | undefined {
  if (error instanceof UsageError) return "See --help";
  if (error instanceof SubscriptionError) return BY_REASON[error.reason];
  if (error instanceof PostgresError) {
    const isForbidden = error.code === SQLSTATE.INSUFFICIENT_PRIVILEGE;
    if (isForbidden && command === "publications create") return TO_PUBLISH;
    return BY_CODE[error.code] ?? error.hint ?? error.detail;
  }
  return undefined;
}
