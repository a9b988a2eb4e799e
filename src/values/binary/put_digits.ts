const ZERO = 0x30;

/**
 * Writes an integer from 0 to 99 as two digits.
 *
 * @param bytes Where to write.
 * @param at The position of the first digit.
 * @param value The integer.
 */
export function putTwoDigits(
  bytes: Uint8Array,
  at: number,
  value: number,
): void {
  const tens = (value / 10) | 0;
  bytes[at] = ZERO + tens;
  bytes[at + 1] = ZERO + value - 10 * tens;
}

/**
 * Writes an integer from 0 to 9999 as four digits.
 *
 * @param bytes Where to write.
 * @param at The position of the first digit.
 * @param value The integer.
 */
export function putFourDigits(
  bytes: Uint8Array,
  at: number,
  value: number,
): void {
  const high = (value / 100) | 0;
  const low = value - 100 * high;
  const thousands = (high / 10) | 0;
  const tens = (low / 10) | 0;
  bytes[at] = ZERO + thousands;
  bytes[at + 1] = ZERO + high - 10 * thousands;
  bytes[at + 2] = ZERO + tens;
  bytes[at + 3] = ZERO + low - 10 * tens;
}

/**
 * Writes an integer from 0 to 9999 without leading zeros.
 *
 * @param bytes Where to write.
 * @param at The position of the first digit.
 * @param value The integer.
 * @returns The position after the last digit.
 */
export function putInteger(
  bytes: Uint8Array,
  at: number,
  value: number,
): number {
  if (value < 10) {
    bytes[at] = ZERO + value;
    return at + 1;
  }
  if (value < 100) {
    putTwoDigits(bytes, at, value);
    return at + 2;
  }
  if (value >= 1000) {
    putFourDigits(bytes, at, value);
    return at + 4;
  }
  const hundreds = (value / 100) | 0;
  bytes[at] = ZERO + hundreds;
  putTwoDigits(bytes, at + 1, value - 100 * hundreds);
  return at + 3;
}
