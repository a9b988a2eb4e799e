/**
 * Whether a transaction got its id before another one, judged by 32 bits each: ids wrap
 * around, so half of them precede each id.
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
