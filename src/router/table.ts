import type { Row } from "../events/relation.ts";
import type {
  ToastedColumnsOf,
  TypedTableParts,
} from "../events/typed_table.ts";

/** Converts the rows of a table to what its handlers get. */
export interface RowReader {
  /** Creates a row in which every column is known. */
  whole(row: Row): unknown;
  /**
   * Creates the row after an update in which some columns are `UNCHANGED`.
   *
   * @returns The row, or `null` to skip the update; or a promise of either.
   */
  partial(row: Row, unchanged: readonly string[]): unknown;
  /** Creates the key. */
  key(key: Row): unknown;
}

/** What is known about a table at run time, to compare with its description in the stream. */
export interface TableShape {
  /**
   * The columns of `event.key`.
   *
   * @default {undefined} unknown
   */
  readonly key?: readonly string[];
  /**
   * The columns that a program reads, with the OIDs of their types; 0 if that is unknown,
   * `null` if the column may also be missing.
   *
   * @default {undefined} unknown: every column may matter
   */
  readonly columns?: Readonly<Record<string, number | null>>;
}

/**
 * A table for which handlers can be written: its name, the types of its rows, and how they
 * are created. {@linkcode table} creates it.
 *
 * @typeParam R The type of a row.
 * @typeParam Key The columns of `event.key`; `never` if they are not named.
 * @typeParam Toasted The columns that an update may leave `UNCHANGED`.
 */
export interface Table<R, Key = never, Toasted = ToastedColumnsOf<R>> {
  /** Its name as in `event.table`: `public.orders`. */
  readonly name: string;
  /** What is known about it at run time. */
  readonly shape: TableShape;
  /** How its rows are created; `null` to pass them on unchanged. */
  readonly reader: RowReader | null;
  /** Its types, which exist only at compile time. */
  readonly "~table"?: TypedTableParts<R, Key, Toasted>;
}
