import type { SqliteDatabase } from "./database.ts";

/**
 * Returns whether a transaction is open. A trigger, a constraint, or another user of the same
 * connection may have ended the one that was begun.
 *
 * @param database The database.
 */
export function isInTransaction(database: SqliteDatabase): boolean {
  const known = database.isTransaction ?? database.inTransaction;
  if (known !== undefined) return known;
  try {
    database.exec("BEGIN");
  } catch {
    // Transactions do not nest.
    return true;
  }
  database.exec("ROLLBACK");
  return false;
}
