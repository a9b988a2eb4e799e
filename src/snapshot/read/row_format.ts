import type { DecodeLatin1 } from "../../bytes/ascii_window.ts";
import type { Row } from "../../events/relation.ts";
import type { RowDecoder } from "../../rows/row_decoder.ts";
import { hexOf, keyOf } from "../reconcile/changed_keys.ts";
import {
  binaryRowStart,
  readBinaryFields,
  readBinaryRow,
} from "./copy_binary.ts";
import { CopyLineReader, readCopyFields } from "./copy_text.ts";
import type { PublishedTable } from "./published_table.ts";
import type { RawRows } from "./raw_rows.ts";

/** Reads rows of COPY data in one of its formats. */
export interface RowFormat {
  /** Returns where a row starts in a piece of COPY data; `null` if there is none in it. */
  rowStart(bytes: Uint8Array, start: number, end: number): number | null;
  /** Decodes a row. */
  row(decoder: RowDecoder, rows: RawRows, i: number): Row;
  /** Returns a row's key in the form in which it is compared with keys of the stream. */
  key(rows: RawRows, i: number): string;
  /** Returns the text values of a row's key, for SQL. */
  keyTexts(rows: RawRows, i: number): readonly string[];
}

/** Returns the positions of the key columns among all columns, in the key's order. */
export function keyPlaces(
  key: readonly { readonly name: string }[],
  columns: readonly { readonly name: string }[],
): readonly number[] {
  return key.map(({ name }) =>
    columns.findIndex((column) => column.name === name)
  );
}

/**
 * Returns the format in which a table's rows are read.
 *
 * @param table The table.
 * @param binary Whether the format is binary.
 * @param decodeLatin1 The runtime's decoder of Latin-1, if it has a fast one.
 */
export function rowFormat(
  table: PublishedTable,
  binary: boolean,
  decodeLatin1?: DecodeLatin1,
): RowFormat {
  const places = keyPlaces(table.key ?? [], table.columns);
  return binary
    ? binaryFormat(table, places)
    : textFormat(places, decodeLatin1);
}

function textFormat(
  places: readonly number[],
  decodeLatin1?: DecodeLatin1,
): RowFormat {
  const reader = new CopyLineReader(decodeLatin1);
  const texts = (rows: RawRows, i: number) =>
    readCopyFields(rows.source(i), rows.start(i), rows.end(i), places);
  return {
    rowStart: (_bytes, start) => start,
    row: (decoder, rows, i) =>
      reader.read(decoder, rows.source(i), rows.start(i), rows.end(i)),
    key: (rows, i) => keyOf(texts(rows, i)),
    keyTexts: texts,
  };
}

function binaryFormat(
  { columns, key }: PublishedTable,
  places: readonly number[],
): RowFormat {
  const isText = columns.map(({ hasBinary }) => !hasBinary);
  // They come after the columns.
  const textPlaces = (key ?? []).map((_, i) => columns.length + i);
  const fields = (
    rows: RawRows,
    i: number,
    places: readonly number[],
    read?: typeof hexOf,
  ) =>
    readBinaryFields(rows.source(i), rows.start(i), rows.end(i), places, read);
  return {
    rowStart: binaryRowStart,
    row: (decoder, rows, i) =>
      readBinaryRow(
        ...[decoder, isText] as const,
        ...[rows.source(i), rows.start(i), rows.end(i)] as const,
      ),
    // A value without a binary format comes as text in the stream, too.
    key: (rows, i) =>
      keyOf(
        places.map((place) =>
          fields(rows, i, [place], isText[place] ? undefined : hexOf)[0]!
        ),
      ),
    keyTexts: (rows, i) => fields(rows, i, textPlaces),
  };
}
