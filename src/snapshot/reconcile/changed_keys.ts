import { ByteCursor } from "../../bytes/byte_cursor.ts";
import { decodeText } from "../../bytes/decode_text.ts";
import {
  ChunkXLogData,
  type XLogData,
} from "../../replication/copy_both_message.ts";

/** The keys of a changed row. */
export interface ChangedKeys {
  /** The key before; `null` for an insert. */
  readonly oldKey: string | null;
  /** The key after; `null` for a delete. */
  readonly newKey: string | null;
}

const INSERT = 0x49; // I
const UPDATE = 0x55; // U
const DELETE = 0x44; // D
const KEY = 0x4b; // K
const OLD = 0x4f; // O
const TEXT = 0x74; // t
const BINARY = 0x62; // b

/**
 * Creates the text by which keys are compared. It consists of the server's text values, since
 * two different keys may be parsed to the same value.
 *
 * @param values The texts of the key columns.
 */
export function keyOf(values: readonly string[]): string {
  // The server's texts never contain a zero byte.
  return values.length === 1 ? values[0]! : values.join("\0");
}

/** Converts a value in binary format to the form in which keys are compared. */
export function hexOf(bytes: Uint8Array, start: number, end: number): string {
  let text = "";
  for (let at = start; at < end; at++) {
    text += (bytes[at]! + 0x100).toString(16).slice(1);
  }
  return text;
}

/**
 * Reads the keys of an Insert, Update or Delete directly from the message.
 *
 * @param message The message, without the id that it has in a streamed transaction.
 * @param places The positions of the key columns among all columns, in the key's order.
 * @returns `null` if a key column is missing, as in the old key of a table that sends none.
 */
export function readChangedKeys(
  message: XLogData,
  places: readonly number[],
): ChangedKeys | null {
  const cursor = cursorOver(message);
  const type = cursor.uint8();
  cursor.skip(4);
  let part = cursor.uint8();
  let old: readonly (string | null)[] | null = null;
  if (part === KEY || part === OLD) {
    old = readValues(cursor, places);
    if (type === DELETE) return keys(old, null);
    part = cursor.uint8();
  }
  if (type !== INSERT && type !== UPDATE) return null;
  // A key that is stored out of line is sent as unchanged; the old key contains it.
  const before = old;
  const now = readValues(cursor, places).map((value, i) =>
    value ?? before?.[i] ?? null
  );
  return keys(type === INSERT ? null : old ?? now, now);
}

function keys(
  old: readonly (string | null)[] | null,
  now: readonly (string | null)[] | null,
): ChangedKeys | null {
  const isMissing = old?.includes(null) || now?.includes(null);
  if (isMissing) return null;
  return {
    oldKey: old && keyOf(old as readonly string[]),
    newKey: now && keyOf(now as readonly string[]),
  };
}

function cursorOver(message: XLogData): ByteCursor {
  return message instanceof ChunkXLogData
    ? new ByteCursor(message.bytes, "change", message)
    : new ByteCursor(message.data, "change");
}

// Reads a tuple, and returns the values of some columns; null for one that is null or was not
// sent.
function readValues(
  cursor: ByteCursor,
  places: readonly number[],
): (string | null)[] {
  const values: (string | null)[] = places.map(() => null);
  const count = cursor.count(cursor.int16(), 1);
  for (let i = 0; i < count; i++) {
    const format = cursor.uint8();
    if (format !== TEXT && format !== BINARY) continue;
    const length = cursor.int32();
    const start = cursor.skip(length);
    const at = places.indexOf(i);
    if (at < 0) continue;
    const read = format === TEXT ? decodeText : hexOf;
    values[at] = read(cursor.source, start, start + length);
  }
  return values;
}
