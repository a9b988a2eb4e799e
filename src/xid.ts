/**
 * Returns whether one transaction was assigned its id before another. Compares 32-bit ids:
 * they wrap around, so half of all ids precede any given one.
 *
 * Source: `TransactionIdPrecedes()` in `src/backend/access/transam/transam.c`.
 *
 * @param a One transaction's id.
 * @param b The other's.
 */
export function xidPrecedes(a: number, b: number): boolean {
  const isPermanent = a < FIRST_NORMAL_XID;
  return isPermanent ? b >= FIRST_NORMAL_XID : ((a - b) | 0) < 0;
}

// The ids below it denote bootstrap and frozen transactions.
const FIRST_NORMAL_XID = 3;
