import { int32At } from "../bytes/big_endian.ts";
import type { ByteCursor } from "../bytes/byte_cursor.ts";
import { describeByte } from "../bytes/describe_byte.ts";

/** What stands before a value in text format: `t`. */
export const TEXT_VALUE = 0x74;
/** What stands before a value in binary format: `b`. */
export const BINARY_VALUE = 0x62;

/**
 * Whether a value that has been read before is, with its format and length, the same as
 * another one. What differs mostly does so at its end.
 *
 * @param bytes The message.
 * @param old Where the value stands that has been read.
 * @param at Where the other one stands.
 * @param size How many bytes that has.
 */
export function isSameValue(
  bytes: Uint8Array,
  old: number,
  at: number,
  size: number,
): boolean {
  let i = size + 4;
  // To loop takes longer than to compare.
  for (; i >= 3; i -= 4) {
    if (
      bytes[old + i] !== bytes[at + i] ||
      bytes[old + i - 1] !== bytes[at + i - 1] ||
      bytes[old + i - 2] !== bytes[at + i - 2] ||
      bytes[old + i - 3] !== bytes[at + i - 3]
    ) return false;
  }
  for (; i >= 0; i--) {
    if (bytes[old + i] !== bytes[at + i]) return false;
  }
  return true;
}

/** Says where the value behind one stands that has been read before. */
export function nextValue(bytes: Uint8Array, at: number): number {
  const format = bytes[at];
  const isSent = format === TEXT_VALUE || format === BINARY_VALUE;
  return at + (isSent ? 5 + int32At(bytes, at + 1) : 1);
}

/**
 * Passes over a value.
 *
 * @param cursor The message, up to the value.
 * @throws {ProtocolError} If there is no value.
 */
export function skipValue(cursor: ByteCursor): void {
  const format = cursor.uint8();
  switch (format) {
    case TEXT_VALUE:
    case BINARY_VALUE:
      cursor.skip(cursor.int32());
      return;
    case 0x6e: // n
    case 0x75: // u
      return;
    default:
      throw cursor.error(`unknown column format ${describeByte(format)}`);
  }
}
