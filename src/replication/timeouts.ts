/**
 * Makes the SQL which keeps the time limits of a role, of a database or of the user's own
 * `options` from ending what a walsender does: `lock_timeout` would end the creation of a
 * slot, `transaction_timeout` (PostgreSQL 17 and later) the decoding of a large transaction,
 * at the same place each time. Settings that a server does not know can't be part of the
 * login.
 *
 * @param major The server's major version.
 */
export function pinnedTimeouts(major: number): string {
  const names = ["lock_timeout", "statement_timeout"];
  if (major >= 17) names.push("transaction_timeout");
  const set = names.map((name) =>
    `pg_catalog.set_config('${name}', '0', false)`
  );
  return `SELECT ${set.join(", ")}`;
}
