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
    "To follow changes a role needs: ALTER ROLE … REPLICATION, and CONNECT on the database",
  [SQLSTATE.TOO_MANY_CONNECTIONS]:
    "End other connections, or raise max_connections and max_wal_senders",
  [SQLSTATE.CONFIGURATION_LIMIT_EXCEEDED]:
    "Drop a slot that nobody needs with pg_drop_replication_slot(), or raise max_replication_slots",
  [SQLSTATE.UNDEFINED_FILE]:
    "If that is the output plugin, install it on the server, or check --plugin",
  [SQLSTATE.DUPLICATE_OBJECT]:
    "Choose another name, or go on with the one that exists",
  // read_only_sql_transaction
  "25006":
    "This server is a standby, or read-only: connect to the primary, as with target_session_attrs=read-write",
  [SQLSTATE.INVALID_NAME]:
    "Name the slot with lower-case letters, digits and underscores",
};

const TO_PUBLISH =
  "To create a publication a role needs: REPLICATION, to connect as this program does; CREATE on the database; and to own the tables";

/** Advice that names the command's options instead of the library's. */
const BY_REASON: Readonly<Partial<Record<SubscriptionErrorReason, string>>> = {
  slotMissing:
    "Here --create-slot creates it, and --temporary does so for this run alone",
  slotUnusable: "Here slots list shows all slots; --slot names another one",
  publicationMissing: "Here publications list shows those of the database",
  startPassed: "Leave --start-lsn out to go on where the slot stands",
  startAhead: "Leave --start-lsn out to go on where the slot stands",
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
