import { int16At, int32At } from "../../bytes/big_endian.ts";
import { decodeText } from "../../bytes/decode_text.ts";
import { ProtocolError } from "../../errors.ts";
import type { Row } from "../../events/relation.ts";
import type { RowDecoder } from "../../rows/row_decoder.ts";
import { setColumn } from "../../rows/set_column.ts";

/** The signature, flags and an empty extension. Source: the manual, "COPY", "Binary Format". */
const HEADER_LENGTH = 19;
const P = 0x50;

/**
 * Returns where the row starts in a piece of binary COPY data: after the header, which comes
 * with the first row.
 *
 * @returns `null` if there is none: the header alone, or the trailer.
 */
export function binaryRowStart(
  bytes: Uint8Array,
  start: number,
  end: number,
): number | null {
  const isHeader = end - start >= HEADER_LENGTH && bytes[start] === P &&
    bytes[start + 1] === 0x47 && bytes[start + 2] === 0x43;
  const row = isHeader ? start + HEADER_LENGTH : start;
  // The trailer is a count of -1.
  return end - row < 2 || int16At(bytes, row) < 0 ? null : row;
}

/**
 * Decodes a row of binary COPY data in place. The result equals that of the row in the
 * stream.
 *
 * @param decoder The decoder for the table.
 * @param isText Which columns have a type without a binary format, and come as text.
 * @param bytes The bytes that contain it.
 * @param start Its start: the position of its field count.
 * @param end Its end.
 */
export function readBinaryRow(
  decoder: RowDecoder,
  isText: readonly boolean[],
  bytes: Uint8Array,
  start: number,
  end: number,
): Row {
  const { names } = decoder;
  const row = decoder.beginRow();
  // The texts of keys come after the columns.
  const count = Math.min(int16At(bytes, start), names.length);
  let at = start + 2;
  for (let i = 0; i < count; i++) {
    const length = lengthAt(bytes, at, end, i);
    const from = at + 4;
    at = from + Math.max(0, length);
    const value = length < 0
      ? null
      : isText[i]
      ? decoder.textAt(i, bytes, from, at)
      : decoder.binaryAt(i, bytes, from, at);
    setColumn(row, names, i, value);
  }
  return decoder.endRow(row);
}

/** Reads fields of a row of binary COPY data with a function; an empty text for NULL. */
export function readBinaryFields(
  bytes: Uint8Array,
  start: number,
  end: number,
  places: readonly number[],
  read: (
    bytes: Uint8Array,
    start: number,
    end: number,
  ) => string = decodeText,
): string[] {
  const texts = places.map(() => "");
  eachField(bytes, start, end, (i, from, to) => {
    const place = places.indexOf(i);
    if (place >= 0 && from <= to) texts[place] = read(bytes, from, to);
  });
  return texts;
}

function eachField(
  bytes: Uint8Array,
  start: number,
  end: number,
  take: (i: number, from: number, to: number) => void,
): void {
  const count = int16At(bytes, start);
  let at = start + 2;
  for (let i = 0; i < count; i++) {
    const length = lengthAt(bytes, at, end, i);
    at += 4;
    // A NULL field has no bytes.
    take(i, at, length < 0 ? at - 1 : at + length);
    at += Math.max(0, length);
  }
}

// The length of a field; -1 for NULL.
function lengthAt(
  bytes: Uint8Array,
  at: number,
  end: number,
  i: number,
): number {
  const length = at + 4 <= end ? int32At(bytes, at) : end;
  if (length <= end - at - 4) return length;
  throw new ProtocolError(
    `Cannot read a row of COPY: field ${i + 1} ends behind the row`,
  );
}
