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
    "Stop the program that uses the slot (pg_stat_replication shows it by that PID), or name another with --slot",
  [SQLSTATE.INVALID_PASSWORD]:
    "Check user and password in the connection URL, or in PGUSER and PGPASSWORD",
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
  [SQLSTATE.INVALID_NAME]:
    "Name the slot with lower-case letters, digits and underscores",
};

/** Advice that names the command's options instead of the library's. */
const BY_REASON: Readonly<Partial<Record<SubscriptionErrorReason, string>>> = {
  slotMissing:
    "Here --create-slot creates it, and --temporary does so for this run alone",
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
  const hint = hintFor(error);
  const lines = [`${command}: ${messageOf(error)}`, ...hint ? [hint] : []];
  return lines.map(oneLine);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function hintFor(error: unknown): string | undefined {
  if (error instanceof UsageError) return "See --help";
  if (error instanceof SubscriptionError) return BY_REASON[error.reason];
  if (error instanceof PostgresError) {
    return BY_CODE[error.code] ?? error.hint ?? error.detail;
  }
  return undefined;
}
