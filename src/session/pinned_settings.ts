import { PINNED_IN_OPTIONS } from "../connection/session_parameters.ts";

/** The `search_path` of a session that has the settings that its login asked for. */
export const PINNED_SEARCH_PATH: string = PINNED_IN_OPTIONS["search_path"] ??
  "";

/** The expression for the current `search_path`. */
export const SEARCH_PATH = "pg_catalog.current_setting('search_path')";

/**
 * Returns the SQL that prevents the timeouts of a role, a database or the caller's own
 * `options` from interrupting a walsender: `lock_timeout` would end the creation of a slot,
 * `transaction_timeout` (PostgreSQL 17 and later) the decoding of a large transaction, at the
 * same place each time, and `idle_session_timeout` (PostgreSQL 14 and later) a connection that
 * waits for its program. Settings that a server does not know can't be part of the login.
 *
 * Where `search_path` is not what the login asked for, the settings apply to the query only: a
 * pooler may have dropped the parameters of the login, and share the connection with others.
 *
 * @param major The server's major version.
 */
export function pinnedTimeouts(major: number): string {
  const names = ["lock_timeout", "statement_timeout"];
  if (major >= 14) names.push("idle_session_timeout");
  if (major >= 17) names.push("transaction_timeout");
  const set = names.map((name) =>
    `pg_catalog.set_config('${name}', '0', s.is_lost)`
  );
  return `SELECT ${set.join(", ")} FROM (SELECT ${SEARCH_PATH} ` +
    `OPERATOR(pg_catalog.<>) '${PINNED_SEARCH_PATH}' AS is_lost) s`;
}
