/**
 * Whether a transaction got its id before another one, by the 32 bits of both: ids wrap
 * around, and half of them lie behind each.
 *
 * Source: `TransactionIdPrecedes()` in `src/backend/access/transam/transam.c`.
 *
 * @param a The one transaction's id.
 * @param b The other one's.
 */
export function xidPrecedes(a: number, b: number): boolean {
  const isPermanent = a < FIRST_NORMAL_XID;
  return isPermanent ? b >= FIRST_NORMAL_XID : ((a - b) | 0) < 0;
}

// Those below it stand for what was there from the beginning, or for ever.
const FIRST_NORMAL_XID = 3;
