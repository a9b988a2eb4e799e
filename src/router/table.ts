import type { Row } from "../events/relation.ts";
import type {
  ToastedColumnsOf,
  TypedTableParts,
} from "../events/typed_table.ts";

/** How the rows of a table become what its handlers get. */
export interface RowReader {
  /** Makes a row of which every column is known. */
  whole(row: Row): unknown;
  /**
   * Makes the row after an update, in which some columns are `UNCHANGED`.
   *
   * @returns The row; `null` to pass the update over. Or a promise of either.
   */
  partial(row: Row, unchanged: readonly string[]): unknown;
  /** Makes the key. */
  key(key: Row): unknown;
}

/** What is known of a table at run time, to compare with what the stream says of it. */
export interface TableShape {
  /** The columns of `event.key`. @default {undefined} unknown */
  readonly key?: readonly string[];
  /**
   * The columns that a program reads, with the OIDs of their types; 0 where that is unknown,
   * `null` where the column may be missing, too.
   *
   * @default {undefined} unknown: every column may matter
   */
  readonly columns?: Readonly<Record<string, number | null>>;
}

/**
 * A table that handlers can be written for: its name, the types of its rows, and how they are
 * made. {@linkcode table} makes it.
 *
 * @typeParam R The type of a row.
 * @typeParam Key The columns of `event.key`; `never` if they are not named.
 * @typeParam Toasted The columns that an update may leave `UNCHANGED`.
 */
export interface Table<R, Key = never, Toasted = ToastedColumnsOf<R>> {
  /** Its name as in `event.table`: `public.orders`. */
  readonly name: string;
  /** What is known of it at run time. */
  readonly shape: TableShape;
  /** How its rows are made; `null` if they are passed on as they are. */
  readonly reader: RowReader | null;
  /** Its types, for the compiler alone. */
  readonly "~table"?: TypedTableParts<R, Key, Toasted>;
}
