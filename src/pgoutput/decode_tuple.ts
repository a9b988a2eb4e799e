import type { ByteCursor } from "../bytes/byte_cursor.ts";
import { describeByte } from "../bytes/describe_byte.ts";
import { decodeValueText } from "./decode_value_text.ts";
import { COLUMN_FORMAT } from "./message_type.ts";
import { type TupleData, type TupleValue, UNCHANGED } from "./tuple.ts";

/**
 * Decodes TupleData: a count, and for each column a byte for its format, and the value.
 *
 * @param cursor The message, at the tuple; after the call, at what follows.
 * @returns The values, independent of the message's bytes.
 * @throws {ProtocolError} If the bytes have another format.
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
    case COLUMN_FORMAT.TEXT: {
      const length = cursor.int32();
      const start = cursor.skip(length);
      return decodeValueText(cursor.source, start, start + length);
    }
    case COLUMN_FORMAT.NULL:
      return null;
    case COLUMN_FORMAT.UNCHANGED:
      return UNCHANGED;
    case COLUMN_FORMAT.BINARY:
      return cursor.bytes(cursor.int32()).slice();
    default:
      throw cursor.error(`unknown column format ${describeByte(format)}`);
  }
}
