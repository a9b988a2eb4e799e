import type { Row } from "./relation.ts";

/**
 * What a program knows about its tables: the type of each table's rows, by the table's name
 * as in `event.table`. An interface that lists names determines the types of `subscribe()`'s
 * events; without one, every row is a {@linkcode Row}.
 *
 * @example
 * ```ts
 * import type {
 *   AnyTables,
 *   EventOf,
 *   TypedTable,
 * } from "@walbrook/walbrook/typed";
 *
 * interface Order {
 *   readonly id: bigint;
 *   readonly total: string;
 * }
 * interface Tables {
 *   "public.orders": Order; // only its rows
 *   "public.items": TypedTable<{ id: bigint; note: string }, "id", "note">;
 * }
 * type Events = EventOf<Tables>;
 * type Untyped = EventOf<AnyTables>; // ReplicationEvent
 * const kinds: Events["kind"] | Untyped["kind"] = "insert";
 * console.log(kinds);
 * ```
 *
 * @category Tables
 */
export type AnyTables = Readonly<Record<string, Row>>;

/**
 * A table of which more is known than the type of its rows. It exists only as a type: no
 * value ever has it.
 *
 * @typeParam R The type of a row.
 * @typeParam Key The columns of `event.key`.
 * @typeParam Toasted The columns that an update may leave {@linkcode UNCHANGED}: those of
 * variable length that the server may store out of line.
 *
 * @category Tables
 */
export interface TypedTable<
  R,
  Key extends keyof R = never,
  Toasted extends keyof R = never,
> {
  /** What is known about the table. */
  readonly "~table": TypedTableParts<R, Key, Toasted>;
}

/**
 * The parts of a {@linkcode TypedTable}.
 *
 * @category Tables
 */
export interface TypedTableParts<R, Key, Toasted> {
  /** The type of a row. */
  readonly row: R;
  /** The columns of `event.key`. */
  readonly key: Key;
  /** The columns that an update may leave unchanged. */
  readonly toasted: Toasted;
}

/**
 * The type of the rows of a table, in either form that {@linkcode AnyTables} describes.
 *
 * @category Tables
 */
export type RowOf<Table> = Table extends
  { readonly "~table": { readonly row: infer R } } ? R : Table;

/**
 * The columns of `event.key` of a table; `never` if the program has not named them.
 *
 * @category Tables
 */
export type KeyColumnsOf<Table> = Table extends
  { readonly "~table": { readonly key: infer Key } } ? Key : never;

/**
 * The columns of a table that an update may leave {@linkcode UNCHANGED}. If the program has
 * not named them, these are all columns except those of type `number`, `bigint`, `boolean` or
 * `Date`: such values have a fixed length, so they are never stored out of line.
 *
 * Source: the manual, "TOAST".
 *
 * @category Tables
 */
export type ToastedColumnsOf<Table> = Table extends
  { readonly "~table": { readonly toasted: infer Toasted } } ? Toasted
  : {
    [Column in keyof Table]-?: NonNullable<Table[Column]> extends
      number | bigint | boolean | Date ? never : Column;
  }[keyof Table];

/**
 * The names of the tables that a program knows.
 *
 * @category Tables
 */
export type TableNames<Tables> = Exclude<keyof Tables & string, "~options">;
