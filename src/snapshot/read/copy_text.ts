import { AsciiWindow, type DecodeLatin1 } from "../../bytes/ascii_window.ts";
import { decodeText } from "../../bytes/decode_text.ts";
import { ProtocolError } from "../../errors.ts";
import type { Row } from "../../events/relation.ts";
import type { RowDecoder } from "../../rows/row_decoder.ts";
import { setColumn } from "../../rows/set_column.ts";
import { asText } from "../../values/codec/as_text.ts";
import type { TextParser } from "../../values/codec/text_parser.ts";
import { digitsAt } from "../../values/text/bytes_parser.ts";
import { parseJson, parseJsonb } from "../../values/text/parse_json.ts";
import {
  parseBigInteger,
  parseFloatingPoint,
  parseInteger,
} from "../../values/text/parse_number.ts";
import { parseBoolean } from "../../values/text/parse_scalar.ts";
import { UTF8_TEXT } from "../../values/text/text_reading.ts";

const TAB = 0x09;
const NEWLINE = 0x0a;
const BACKSLASH = 0x5c;
const N = 0x4e;
const T = 0x74;
const F = 0x66;

// The character after a backslash, for each byte that would end a field or a row. Source: the
// manual, "COPY", "Text Format".
const ESCAPES: ReadonlyMap<number, number> = new Map(
  Object.entries({ b: 8, f: 12, n: 10, r: 13, t: 9, v: 11 }).map((
    [letter, byte],
  ) => [letter.charCodeAt(0), byte]),
);

// How the value of a column is read.
const OTHER = 0;
const TEXT = 1;
const INTEGER = 2;
const BIG_INTEGER = 3;
const BOOLEAN = 4;
/** By a parser that keeps no part of the text. */
const PARSED = 5;

type ColumnKind = 0 | 1 | 2 | 3 | 4 | 5;

// The functions that parse the columns' texts; `null` where the text may not be UTF-8, or its
// bytes are parsed.
function parsersOf({ codecs, text }: RowDecoder): (TextParser | null)[] {
  return codecs.map(({ fromText, fromTextBytes }) =>
    text === UTF8_TEXT && fromTextBytes === undefined ? fromText : null
  );
}

function kindOf(parse: TextParser | null): ColumnKind {
  switch (parse) {
    case asText:
      return TEXT;
    case parseInteger:
      return INTEGER;
    case parseBigInteger:
      return BIG_INTEGER;
    case parseBoolean:
      return BOOLEAN;
    case parseFloatingPoint:
    case parseJson:
    case parseJsonb:
      return PARSED;
    default:
      return OTHER;
  }
}

/**
 * Decodes lines of COPY text in place. The result equals that of the rows in the stream.
 */
export class CopyLineReader {
  readonly #window: AsciiWindow | null;
  #decoder: RowDecoder | null = null;
  // How to read each column.
  #parsers: readonly (TextParser | null)[] = [];
  #kinds: readonly ColumnKind[] = [];
  #bytes: Uint8Array = new Uint8Array(0);
  #view: DataView = new DataView(this.#bytes.buffer);
  // Whether the window contains the line.
  #isInside = false;

  /** @param decodeLatin1 The runtime's decoder of Latin-1, if it has a fast one. */
  constructor(decodeLatin1?: DecodeLatin1) {
    this.#window = decodeLatin1 === undefined
      ? null
      : new AsciiWindow(decodeLatin1);
  }

  /**
   * Decodes a line.
   *
   * @param decoder The decoder for the table.
   * @param bytes The bytes that contain it, which are never overwritten.
   * @param start Its start.
   * @param end Its end, after the newline.
   * @throws {ProtocolError} If it does not have one field for each column.
   */
  read(
    decoder: RowDecoder,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): Row {
    const last = lineEnd(bytes, start, end);
    this.#prepare(decoder, bytes, start, end);
    const { names } = decoder;
    const row = decoder.beginRow();
    const view = this.#view;
    const maxAt = view.byteLength - 4;
    let i = 0;
    for (let field = start; field <= last; i++) {
      // Four bytes at a time, which takes a fifth of the time of one at a time. A bit of
      // `found` is set in the first byte that ends a field or begins an escape.
      let at = field;
      let seen = 0;
      let found: number;
      for (;; at += 4) {
        const four = at <= maxAt ? view.getInt32(at, true) : fourAt(bytes, at);
        const ends = (four & 0xfcfcfcfc) ^ 0x08080808;
        const escapes = four ^ 0x5c5c5c5c;
        seen |= four;
        found = (((ends - 0x01010101) & ~ends) |
          ((escapes - 0x01010101) & ~escapes)) & 0x80808080;
        if (found !== 0) break;
      }
      at += (31 - Math.clz32(found & -found)) >> 3;
      let value: unknown;
      if (bytes[at] !== BACKSLASH) {
        const isAscii = (seen & 0x80808080) === 0;
        if (i < names.length) value = this.#value(i, isAscii, field, at);
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

  #prepare(
    decoder: RowDecoder,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): void {
    if (decoder !== this.#decoder) {
      this.#decoder = decoder;
      this.#parsers = parsersOf(decoder);
      this.#kinds = this.#parsers.map(kindOf);
    }
    if (bytes !== this.#bytes) {
      const { buffer, byteOffset, byteLength } = bytes;
      this.#bytes = bytes;
      this.#view = new DataView(buffer, byteOffset, byteLength);
    }
    this.#isInside = this.#window?.moveTo(bytes, start, end) ?? false;
  }

  // Decodes a field without escapes. A switch takes less than a call of each parser, most
  // of which are inlined here.
  #value(i: number, isAscii: boolean, start: number, end: number): unknown {
    const bytes = this.#bytes;
    const isCuttable = isAscii && this.#isInside;
    switch (this.#kinds[i]) {
      case TEXT:
        if (isCuttable) return this.#window!.copy(start, end);
        break;
      case INTEGER: {
        const digits = digitsAt(bytes, start, end);
        if (digits !== null) return digits;
        break;
      }
      case BIG_INTEGER: {
        const digits = digitsAt(bytes, start, end);
        if (digits !== null) return bigIntegerOf(digits);
        break;
      }
      case BOOLEAN:
        if (end - start === 1) {
          if (bytes[start] === T) return true;
          if (bytes[start] === F) return false;
        }
        break;
      case PARSED:
        if (isCuttable) return this.#parsed(i, start, end);
    }
    return this.#decoder!.textAt(i, bytes, start, end);
  }

  #parsed(i: number, start: number, end: number): unknown {
    try {
      return this.#parsers[i]!(this.#window!.view(start, end));
    } catch {
      // Fails again, and reports the error.
      return this.#decoder!.textAt(i, this.#bytes, start, end);
    }
  }
}

const SCRATCH: DataView = new DataView(new ArrayBuffer(8));

// Compilers inline this, but not BigInt().
function bigIntegerOf(value: number): bigint {
  SCRATCH.setInt32(0, Math.floor(value / 0x1_0000_0000));
  SCRATCH.setInt32(4, value);
  return SCRATCH.getBigInt64(0);
}

// The next four bytes, of which those after the end of the bytes end a line.
function fourAt(bytes: Uint8Array, at: number): number {
  let four = 0;
  for (let i = 3; i >= 0; i--) four = four << 8 | (bytes[at + i] ?? NEWLINE);
  return four;
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
