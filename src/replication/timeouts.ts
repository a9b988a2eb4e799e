/**
 * Returns the SQL that prevents the timeouts of a role, a database or the caller's own
 * `options` from interrupting a walsender: `lock_timeout` would end the creation of a slot,
 * `transaction_timeout` (PostgreSQL 17 and later) the decoding of a large transaction, at the
 * same place each time, and `idle_session_timeout` (PostgreSQL 14 and later) a connection that
 * waits for its program. Settings that a server does not know can't be part of the login.
 *
 * @param major The server's major version.
 */
export function pinnedTimeouts(major: number): string {
  const names = ["lock_timeout", "statement_timeout"];
  if (major >= 14) names.push("idle_session_timeout");
  if (major >= 17) names.push("transaction_timeout");
  const set = names.map((name) =>
    `pg_catalog.set_config('${name}', '0', false)`
  );
  return `SELECT ${set.join(", ")}`;
}
