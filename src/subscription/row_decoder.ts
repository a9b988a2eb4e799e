import type { ByteCursor } from "../bytes/byte_cursor.ts";
import { decodeText } from "../bytes/decode_text.ts";
import { describeByte } from "../bytes/describe_byte.ts";
import { type TupleData, UNCHANGED } from "../pgoutput/tuple.ts";
import { type BytesParser, bytesParser } from "../values/bytes_parser.ts";
import type { TextParser } from "../values/text_parser.ts";
import type { Relation, Row } from "./event.ts";

/** Told of a value that its parser refused, and that is delivered as text. */
export type OnBadValue = (
  relation: Relation,
  column: string,
  error: unknown,
) => void;

/**
 * Makes rows of one version of one table. What is known beforehand, the names and the
 * parsers of its columns, is looked up once.
 */
export class RowDecoder {
  /** The table that this makes rows of. */
  readonly relation: Relation;
  readonly #names: readonly string[];
  readonly #parsers: readonly TextParser[];
  readonly #bytesParsers: readonly BytesParser[];
  readonly #keys: readonly number[];
  // Assigning that name would set a row's prototype, and lose the value.
  readonly #hasProto: boolean;
  readonly #onBadValue: OnBadValue;

  /**
   * @param relation The table.
   * @param parsers How to read the values of each column.
   * @param onBadValue Told of values that could not be parsed.
   */
  constructor(
    relation: Relation,
    parsers: readonly TextParser[],
    onBadValue: OnBadValue,
  ) {
    this.relation = relation;
    this.#names = relation.columns.map(({ name }) => name);
    this.#parsers = parsers;
    this.#bytesParsers = parsers.map(bytesParser);
    this.#hasProto = this.#names.includes("__proto__");
    this.#keys = relation.replicaIdentity === "full"
      ? []
      : relation.columns.flatMap(({ isKey }, i) => isKey ? [i] : []);
    this.#onBadValue = onBadValue;
  }

  /**
   * Makes a whole row.
   *
   * @param tuple What the server sent.
   * @param old Where to take values from that the server left out as unchanged.
   */
  row(tuple: TupleData, old: TupleData | null): Row {
    const row: Record<string, unknown> = {};
    for (let i = 0; i < this.#names.length; i++) {
      let value = tuple[i];
      // In an old tuple that holds the key only, null stands for "not sent".
      if (value === UNCHANGED) value = old?.[i] ?? UNCHANGED;
      this.#assign(row, i, value);
    }
    return row;
  }

  /** Whether rows of the table have a key that tells them. */
  get hasKey(): boolean {
    return this.#keys.length > 0;
  }

  /** Makes the key columns' part of a row; `null` if the table has no key. */
  key(tuple: TupleData): Row | null {
    if (!this.hasKey) return null;
    const row: Record<string, unknown> = {};
    for (const i of this.#keys) this.#assign(row, i, tuple[i]);
    return row;
  }

  /**
   * Reads a whole row where it stands in a message: the same as
   * {@linkcode RowDecoder.row} makes of the decoded tuple.
   *
   * @param cursor The message, up to the tuple.
   * @param old Where in the message the tuple stands from which to take values that the
   * server left out as unchanged.
   */
  readRow(cursor: ByteCursor, old: number | null): Row {
    const row: Record<string, unknown> = {};
    const length = this.#names.length;
    const count = cursor.count(cursor.int16(), 1);
    for (let i = 0; i < count; i++) {
      let value = this.#read(cursor, i);
      if (value === UNCHANGED && old !== null) {
        value = this.#readOld(cursor.from(old), i);
      }
      if (i < length) this.#set(row, i, value);
    }
    for (let i = count; i < length; i++) this.#set(row, i, undefined);
    return row;
  }

  /** Reads the key where it stands; `null`, and all the same read, if there is no key. */
  readKey(cursor: ByteCursor): Row | null {
    const row: Record<string, unknown> = {};
    const count = cursor.count(cursor.int16(), 1);
    for (let i = 0; i < count; i++) {
      if (this.#keys.includes(i)) this.#set(row, i, this.#read(cursor, i));
      else skipValue(cursor);
    }
    for (const i of this.#keys) {
      if (i >= count) this.#set(row, i, undefined);
    }
    return this.hasKey ? row : null;
  }

  /** Takes the key out of a row; `null` if the table has no key. */
  keyOf(row: Row): Row | null {
    if (!this.hasKey) return null;
    const key: Record<string, unknown> = {};
    for (const i of this.#keys) this.#set(key, i, row[this.#names[i]!]);
    return key;
  }

  #read(cursor: ByteCursor, i: number): unknown {
    const format = cursor.uint8();
    switch (format) {
      case 0x74: { // t
        const length = cursor.int32();
        const start = cursor.skip(length);
        return this.#parseAt(i, cursor.source, start, start + length);
      }
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

  // Reads a value of an old tuple. In one that holds the key only, null stands for "not
  // sent".
  #readOld(cursor: ByteCursor, i: number): unknown {
    if (i >= cursor.int16()) return UNCHANGED;
    for (let before = 0; before < i; before++) skipValue(cursor);
    const isNull = cursor.source[cursor.position] === 0x6e; // n
    return isNull ? UNCHANGED : this.#read(cursor, i);
  }

  #parseAt(i: number, bytes: Uint8Array, start: number, end: number): unknown {
    const parse = this.#bytesParsers[i];
    // More values than the table has columns.
    if (parse === undefined) return undefined;
    try {
      return parse(bytes, start, end);
    } catch (error) {
      this.#onBadValue(this.relation, this.#names[i]!, error);
      return decodeText(bytes, start, end);
    }
  }

  #set(row: Record<string, unknown>, i: number, value: unknown): void {
    const name = this.#names[i]!;
    if (this.#hasProto) return define(row, name, value);
    // Each place sees one name for as long as rows of one table come, and so learns
    // where in the object it belongs.
    switch (i) {
      case 0:
        row[name] = value;
        return;
      case 1:
        row[name] = value;
        return;
      case 2:
        row[name] = value;
        return;
      case 3:
        row[name] = value;
        return;
      default:
        row[name] = value;
    }
  }

  #assign(
    row: Record<string, unknown>,
    i: number,
    raw: TupleData[number] | undefined,
  ): void {
    this.#set(row, i, typeof raw === "string" ? this.#parse(i, raw) : raw);
  }

  #parse(i: number, text: string): unknown {
    try {
      return this.#parsers[i]!(text);
    } catch (error) {
      this.#onBadValue(this.relation, this.#names[i]!, error);
      return text;
    }
  }
}

function skipValue(cursor: ByteCursor): void {
  const format = cursor.uint8();
  switch (format) {
    case 0x74: // t
    case 0x62: // b
      cursor.skip(cursor.int32());
      return;
    case 0x6e: // n
    case 0x75: // u
      return;
    default:
      throw cursor.error(`unknown column format ${describeByte(format)}`);
  }
}

function define(
  row: Record<string, unknown>,
  name: string,
  value: unknown,
): void {
  Object.defineProperty(row, name, {
    value,
    enumerable: true,
    configurable: true,
    writable: true,
  });
}
