/** Formats a position in the WAL as 16 hexadecimal digits: as text they sort like numbers. */
export function positionDigits(position: bigint): string {
  return BigInt.asUintN(64, position).toString(16).padStart(16, "0");
}

// Most changes have the same index as the one before but for its last two digits.
let lastBlock = -1;
let lastBlockText = "";
const TWO_DIGITS: readonly string[] = Array.from(
  { length: 256 },
  (_, i) => i.toString(16).padStart(2, "0"),
);

/** Formats an index within a transaction as 8 hexadecimal digits. */
export function indexDigits(index: number): string {
  const block = Math.floor(index / 256);
  if (block !== lastBlock) {
    lastBlock = block;
    lastBlockText = block.toString(16).padStart(6, "0");
  }
  return lastBlockText + TWO_DIGITS[index % 256];
}
