import type { ByteCursor } from "../bytes/byte_cursor.ts";
import { int32At } from "../bytes/big_endian.ts";
import { describeByte } from "../bytes/describe_byte.ts";
import { COLUMN_FORMAT } from "../pgoutput/message_type.ts";
import { UNCHANGED } from "../pgoutput/tuple.ts";
import { isSameValue, nextValue, skipValue } from "../pgoutput/tuple_bytes.ts";
import type { BytesParser } from "../values/text/bytes_parser.ts";
import { type TextReading, UTF8_TEXT } from "../values/text/text_reading.ts";
import { StaleTypeError } from "../values/codec/stale_type_error.ts";
import type { ValueCodec } from "../values/codec/value_codec.ts";
import {
  beginWideRow,
  copiersOf,
  type CopyRow,
  emptyRow,
  endWideRow,
  MAX_COPIED_COLUMNS,
  startsEmpty,
} from "./copy_row.ts";
import type { Relation, Row } from "../events/relation.ts";
import { tableName } from "../events/table_name.ts";
import { propertyName, setColumn } from "./set_column.ts";

const { NULL, TEXT, BINARY } = COLUMN_FORMAT;

/**
 * A value that could not be parsed, and the reason.
 *
 * @category Options
 */
export interface BadValue {
  /** The table. */
  readonly relation: Relation;
  /** The name of the column. */
  readonly column: string;
  /** The error of parsing the value, or of looking up its type. */
  readonly error: unknown;
}

/**
 * Called with each value that could not be parsed and is delivered as text, or as bytes
 * if its text is not known. Also called, with the first column concerned, if the types of a
 * table can't be looked up.
 *
 * @category Options
 */
export type OnBadValue = (value: BadValue) => void;

/** Options for a {@linkcode RowDecoder}. */
export interface RowDecoderOptions {
  /** Called with values that could not be parsed. */
  readonly onBadValue: OnBadValue;
  /**
   * How to decode values in text format.
   *
   * @default {UTF8_TEXT}
   */
  readonly text?: TextReading;
  /** Returns whether to abandon a row because one of its types must be looked up again. */
  readonly mayRefresh: (error: StaleTypeError) => boolean;
}

/**
 * Creates the rows of one version of one table. The names of its columns and their codecs are
 * looked up once, in advance.
 *
 * All methods that create a row or a key throw a {@linkcode StaleTypeError} if a type must be
 * looked up again, and may be.
 */
export class RowDecoder {
  /** The table whose rows it creates. */
  readonly relation: Relation;
  /** The table's name in events. */
  readonly table: string;
  /** The names of its columns. */
  readonly names: readonly string[];
  /** The codecs of its columns. */
  readonly codecs: readonly ValueCodec[];
  /** The names of the columns of the key in events. */
  readonly keyNames: readonly string[];
  /** How values in text format are decoded. */
  readonly text: TextReading;
  readonly #bytesParsers: readonly BytesParser[];
  readonly #binaryParsers: readonly BytesParser[];
  // The columns that key tuples have, and those of the key in events.
  readonly #identity: readonly number[];
  readonly #keys: readonly number[];
  readonly #startsEmpty: boolean;
  readonly #isWide: boolean;
  readonly #copyRow: CopyRow;
  readonly #copyKey: CopyRow;
  readonly #rowTemplate: Row;
  readonly #keyTemplate: Row;
  readonly #options: RowDecoderOptions;

  /**
   * @param relation The table.
   * @param codecs The codec of each column.
   * @param options The callback for values that can't be parsed.
   */
  constructor(
    relation: Relation,
    codecs: readonly ValueCodec[],
    options: RowDecoderOptions,
  ) {
    this.relation = relation;
    this.table = tableName(relation);
    this.names = relation.columns.map(({ name }) => propertyName(name));
    this.codecs = codecs;
    this.text = options.text ?? UTF8_TEXT;
    this.#bytesParsers = codecs.map((codec) => this.text.parserOf(codec));
    this.#binaryParsers = codecs.map(({ fromBinary }) => fromBinary);
    const { replicaIdentity, primaryKey } = relation;
    const marked = relation.columns.flatMap(({ isKey }, i) => isKey ? [i] : []);
    this.#identity = replicaIdentity === "full" ? [] : marked;
    // With an index, the old values of its columns are known, but not those of the primary
    // key.
    this.#keys = replicaIdentity === "index"
      ? marked
      : primaryKey?.map((name) => this.names.indexOf(name)) ?? [];
    this.#options = options;
    this.keyNames = this.#keys.map((i) => this.names[i]!);
    const { copyRow, copyKey } = copiersOf(relation.oid);
    this.#startsEmpty = startsEmpty(this.names);
    this.#copyRow = copyRow;
    // The columns of a longer key must be in its order, whichever comes first.
    const keyStartsEmpty = this.#startsEmpty && this.keyNames.length === 1;
    this.#copyKey = keyStartsEmpty ? emptyRow : copyKey;
    this.#isWide = this.names.length > MAX_COPIED_COLUMNS;
    this.#rowTemplate = makeTemplate(this.#isWide ? [] : this.names);
    this.#keyTemplate = makeTemplate(this.keyNames);
  }

  /** Starts a row, whose values must be set in the order of the columns. */
  beginRow(): Record<string, unknown> {
    if (this.#startsEmpty) return {};
    return this.#isWide ? beginWideRow() : this.#copyRow(this.#rowTemplate);
  }

  /** Finishes a row that has all its values. */
  endRow(row: Record<string, unknown>): Row {
    return this.#isWide && !this.#startsEmpty ? endWideRow(row) : row;
  }

  /** Whether events of the table have a key, which identifies the row. */
  get hasKey(): boolean {
    return this.#keys.length > 0;
  }

  /** Whether the server sends the old key if it changes. */
  get sendsOldKey(): boolean {
    return this.#identity.length > 0;
  }

  /**
   * Decodes a whole row directly from a message. The result is the same as that of {@linkcode
   * rowOf} for the decoded tuple.
   *
   * @param cursor The message, up to the tuple.
   * @param old The position in the message of the tuple from which to take values that the
   * server omitted as unchanged.
   * @param oldRow The complete row of that tuple, if there is one.
   */
  readRow(
    cursor: ByteCursor,
    old: number | null,
    oldRow: Row | null = null,
  ): Row {
    const row = oldRow === null || this.#isWide
      ? this.beginRow()
      : this.#copyRow(oldRow);
    const names = this.names;
    const count = this.#count(cursor);
    const { source, limit: end } = cursor;
    // Most of the time is spent here: nearly all values are read without the cursor. It reads
    // the others, and reports errors.
    let at = cursor.position;
    let oldAt = (old ?? 0) + 2;
    for (let i = 0; i < count; i++) {
      const start = at + 5;
      const format = source[at];
      const isSent = format === TEXT || format === BINARY;
      const size = isSent && start <= end ? int32At(source, at + 1) : -1;
      let value: unknown;
      if (size >= 0 && size <= end - start) {
        at = start + size;
        // Most values of an update are unchanged, and the row has them already. One that its
        // receiver could modify must not be shared.
        if (oldRow !== null && isSameValue(source, oldAt, start - 5, size)) {
          const same = oldRow[names[i]!];
          if (typeof same !== "object") {
            if (this.#isWide) row[names[i]!] = same;
            oldAt += 5 + size;
            continue;
          }
        }
        value = format === TEXT
          ? this.textAt(i, source, start, at)
          : this.binaryAt(i, source, start, at);
      } else {
        cursor.moveTo(at);
        value = this.#read(cursor, i);
        at = cursor.position;
        if (value === UNCHANGED && old !== null) {
          value = this.#readOld(cursor.from(old), i);
        }
      }
      setColumn(row, names, i, value);
      if (oldRow !== null) oldAt = nextValue(source, oldAt);
    }
    cursor.moveTo(at);
    return this.endRow(row);
  }

  /** Decodes the key in place; skips it and returns `null` if the table has no key. */
  readKey(cursor: ByteCursor): Row | null {
    const row = this.#copyKey(this.#keyTemplate);
    const count = this.#count(cursor);
    for (let i = 0; i < count; i++) {
      if (this.#keys.includes(i)) row[this.names[i]!] = this.#read(cursor, i);
      else skipValue(cursor);
    }
    return this.hasKey ? row : null;
  }

  /** Extracts the key from a row; `null` if the table has no key. */
  keyOf(row: Row): Row | null {
    const names = this.keyNames;
    if (names.length === 0) return null;
    const key = this.#copyKey(this.#keyTemplate);
    for (let i = 0; i < names.length; i++) key[names[i]!] = row[names[i]!];
    return key;
  }

  // A tuple has a value for each column of the relation message before it.
  #count(cursor: ByteCursor): number {
    const count = cursor.int16();
    if (count === this.names.length) return count;
    throw cursor.error(
      `${count} values for the ${this.names.length} columns of ${this.table}`,
    );
  }

  #read(cursor: ByteCursor, i: number): unknown {
    const format = cursor.uint8();
    switch (format) {
      case TEXT: {
        const length = cursor.int32();
        const start = cursor.skip(length);
        return this.textAt(i, cursor.source, start, start + length);
      }
      case NULL:
        return null;
      case COLUMN_FORMAT.UNCHANGED:
        return UNCHANGED;
      case BINARY: {
        const length = cursor.int32();
        const start = cursor.skip(length);
        return this.binaryAt(i, cursor.source, start, start + length);
      }
      default:
        throw cursor.error(`unknown column format ${describeByte(format)}`);
    }
  }

  // Reads a value of an old tuple. In a tuple with only the key, null stands for "not sent".
  #readOld(cursor: ByteCursor, i: number): unknown {
    cursor.int16();
    for (let before = 0; before < i; before++) skipValue(cursor);
    const isNull = cursor.source[cursor.position] === NULL;
    return isNull ? UNCHANGED : this.#read(cursor, i);
  }

  /** Decodes the value of a column from its text, in place. */
  textAt(i: number, bytes: Uint8Array, start: number, end: number): unknown {
    try {
      return this.#bytesParsers[i]!(bytes, start, end);
    } catch (error) {
      this.refuse(i, error);
      return this.text.unparsed(bytes, start, end);
    }
  }

  /** Decodes the value of a column from its binary format, in place. */
  binaryAt(i: number, bytes: Uint8Array, start: number, end: number): unknown {
    try {
      return this.#binaryParsers[i]!(bytes, start, end);
    } catch (error) {
      this.refuse(i, error);
      return textOrBytes(this.codecs[i]!, bytes.slice(start, end));
    }
  }

  /** Reports a value that can't be parsed, unless its type can be looked up again. */
  refuse(i: number, error: unknown): void {
    const { onBadValue, mayRefresh } = this.#options;
    if (error instanceof StaleTypeError && mayRefresh(error)) throw error;
    onBadValue({ relation: this.relation, column: this.names[i]!, error });
  }
}

// An object with these properties, to be copied. In V8, copying an object is several times faster
// than adding properties one by one, especially if JSON.parse() has created it, which places
// all of them in the object itself. Since the properties exist, even `__proto__` can be
// assigned like any other.
function makeTemplate(names: readonly string[]): Row {
  const members = names.map((name) => `${JSON.stringify(name)}:null`);
  return JSON.parse(`{${members.join(",")}}`);
}

// What the server would have sent as text, if that is known.
function textOrBytes(codec: ValueCodec, bytes: Uint8Array): unknown {
  try {
    return codec.toText(bytes, 0, bytes.length);
  } catch {
    return bytes;
  }
}
