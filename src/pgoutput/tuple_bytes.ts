import { int32At } from "../bytes/big_endian.ts";
import type { ByteCursor } from "../bytes/byte_cursor.ts";
import { describeByte } from "../bytes/describe_byte.ts";
import { COLUMN_FORMAT } from "./message_type.ts";

const { NULL, UNCHANGED, TEXT, BINARY } = COLUMN_FORMAT;

/**
 * Compares two values of tuples with their format and length. Most different values differ at
 * their end.
 *
 * @param bytes The bytes of both.
 * @param old The position of a value that was read before.
 * @param at The position of the other value.
 * @param size The length of the other value, without format and length field.
 */
export function isSameValue(
  bytes: Uint8Array,
  old: number,
  at: number,
  size: number,
): boolean {
  let i = size + 4;
  // Four at a time: the loop takes longer than the comparison.
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

/** Returns the position after a value of a tuple that was read before. */
export function nextValue(bytes: Uint8Array, at: number): number {
  const format = bytes[at];
  const isSent = format === TEXT || format === BINARY;
  return at + (isSent ? 5 + int32At(bytes, at + 1) : 1);
}

/**
 * Skips the value of a tuple at a cursor.
 *
 * @throws {ProtocolError} If it has no known format, or extends beyond the message.
 */
export function skipValue(cursor: ByteCursor): void {
  const format = cursor.uint8();
  switch (format) {
    case TEXT:
    case BINARY:
      cursor.skip(cursor.int32());
      return;
    case NULL:
    case UNCHANGED:
      return;
    default:
      throw cursor.error(`unknown column format ${describeByte(format)}`);
  }
}
