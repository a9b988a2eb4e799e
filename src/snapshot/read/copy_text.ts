import { decodeText } from "../../bytes/decode_text.ts";
import { ProtocolError } from "../../errors.ts";
import type { Row } from "../../events/relation.ts";
import type { RowDecoder } from "../../rows/row_decoder.ts";
import { setColumn } from "../../rows/set_column.ts";

const TAB = 0x09;
const NEWLINE = 0x0a;
const BACKSLASH = 0x5c;
const N = 0x4e;

// The character after a backslash, for each byte that would end a field or a row. Source: the
// manual, "COPY", "Text Format".
const ESCAPES: ReadonlyMap<number, number> = new Map(
  Object.entries({ b: 8, f: 12, n: 10, r: 13, t: 9, v: 11 }).map((
    [letter, byte],
  ) => [letter.charCodeAt(0), byte]),
);

/**
 * Decodes a line of COPY text in place. The result equals that of the row in the stream.
 *
 * @param decoder The decoder for the table.
 * @param bytes The bytes that contain it.
 * @param start Its start.
 * @param end Its end, after the newline.
 * @throws {ProtocolError} If it does not have one field for each column.
 */
export function readCopyLine(
  decoder: RowDecoder,
  bytes: Uint8Array,
  start: number,
  end: number,
): Row {
  const { names } = decoder;
  const row = decoder.beginRow();
  const last = lineEnd(bytes, start, end);
  let i = 0;
  for (let field = start; field <= last; i++) {
    let at = endOfPlain(bytes, field);
    let value: unknown;
    if (bytes[at] !== BACKSLASH) {
      if (i < names.length) value = decoder.textAt(i, bytes, field, at);
    } else if (at === field && bytes[at + 1] === N) {
      value = null;
      at += 2;
    } else {
      do at = endOfPlain(bytes, at + 2); while (bytes[at] === BACKSLASH);
      if (i < names.length) {
        const plain = unescape(bytes.subarray(field, at));
        value = decoder.textAt(i, plain, 0, plain.length);
      }
    }
    if (i < names.length) setColumn(row, names, i, value);
    if (at !== last && (at > last || bytes[at] !== TAB)) throw badField(i);
    field = at + 1;
  }
  // A table without columns has one empty field.
  if (i === names.length || (names.length === 0 && last === start)) {
    return decoder.endRow(row);
  }
  throw new ProtocolError(
    `Cannot read a row of COPY: it has ${i} fields, and the table ${names.length} columns`,
  );
}

function badField(i: number): ProtocolError {
  return new ProtocolError(
    `Cannot read a row of COPY: field ${
      i + 1
    } is not followed by a tab or the end`,
  );
}

/**
 * Reads the text of some fields in a line of COPY text.
 *
 * @param places The indexes of the fields.
 * @returns Their texts, in the order of `places`; an empty one for NULL.
 */
export function readCopyFields(
  bytes: Uint8Array,
  start: number,
  end: number,
  places: readonly number[],
): string[] {
  const texts = places.map(() => "");
  const last = lineEnd(bytes, start, end);
  let i = 0;
  let field = start;
  for (let at = start; at <= last; at++) {
    if (bytes[at] === BACKSLASH) {
      at++;
      continue;
    }
    if (bytes[at] !== TAB && at !== last) continue;
    const place = places.indexOf(i);
    if (place >= 0) texts[place] = textOf(bytes.subarray(field, at));
    i++;
    field = at + 1;
  }
  return texts;
}

function lineEnd(bytes: Uint8Array, start: number, end: number): number {
  if (end > start && bytes[end - 1] === NEWLINE) return end - 1;
  throw new ProtocolError(
    "Cannot read a row of COPY: its data does not end with a newline",
  );
}

// Returns the position of the next backslash or end of a field, or of what is not valid. Tabs and
// newlines within a field are escaped.
function endOfPlain(bytes: Uint8Array, start: number): number {
  let at = start;
  for (; at < bytes.length; at++) {
    const byte = bytes[at]!;
    // Most bytes are letters or digits.
    if (byte > BACKSLASH || (byte > NEWLINE && byte < BACKSLASH)) continue;
    if (byte === TAB || byte === NEWLINE || byte === BACKSLASH) break;
  }
  return at;
}

function textOf(field: Uint8Array): string {
  if (isNull(field)) return "";
  const plain = field.includes(BACKSLASH) ? unescape(field) : field;
  return decodeText(plain, 0, plain.length);
}

function isNull(field: Uint8Array): boolean {
  return field.length === 2 && field[0] === BACKSLASH && field[1] === N;
}

function unescape(field: Uint8Array): Uint8Array {
  const plain = new Uint8Array(field.length);
  let length = 0;
  for (let at = 0; at < field.length; at++) {
    let byte = field[at]!;
    if (byte === BACKSLASH) {
      byte = field[++at] ?? BACKSLASH;
      byte = ESCAPES.get(byte) ?? byte;
    }
    plain[length++] = byte;
  }
  return plain.subarray(0, length);
}
