import type { ByteCursor } from "../bytes/byte_cursor.ts";
import { describeByte } from "../bytes/describe_byte.ts";
import {
  LongText,
  type TupleData,
  type TupleValue,
  UNCHANGED,
} from "./tuple.ts";

/**
 * Decodes TupleData: a count, and for each column a byte that says what follows.
 *
 * @param cursor The message, up to the tuple; after the call, what comes behind.
 * @returns The values, independent of the message's bytes.
 * @throws {ProtocolError} If the bytes have another form.
 */
export function decodeTuple(cursor: ByteCursor): TupleData {
  const count = cursor.count(cursor.int16(), 1);
  const values: TupleValue[] = [];
  for (let i = 0; i < count; i++) values.push(decodeValue(cursor));
  return values;
}

function decodeValue(cursor: ByteCursor): TupleValue {
  const format = cursor.uint8();
  switch (format) {
    case 0x74: // t
      return decodeTextValue(cursor, cursor.int32());
    case 0x6e: // n
      return null;
    case 0x75: // u
      return UNCHANGED;
    case 0x62: // b
      return cursor.copy(cursor.int32());
    default:
      throw cursor.error(`unknown column format ${describeByte(format)}`);
  }
}

function decodeTextValue(
  cursor: ByteCursor,
  length: number,
): string | LongText {
  try {
    return cursor.text(length);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    // It has been passed over.
    const { source, position } = cursor;
    return new LongText(source.subarray(position - length, position));
  }
}
