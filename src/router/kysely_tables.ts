/**
 * The tables of Kysely's `DB`, for `subscribe<Tables>()` and {@linkcode Router}: the row
 * types of a select, by the names as in `event.table`. Kysely's types must be those of
 * Walbrook's values: `bigint` for `int8`, for example, or set a suitable option `types`.
 *
 * @example
 * ```ts
 * import type { KyselyTables } from "@walbrook/walbrook/router";
 * import type { EventOf } from "@walbrook/walbrook/typed";
 *
 * interface DB {
 *   orders: { id: bigint; total: string };
 *   "audit.log": { entry: string };
 * }
 * type Events = EventOf<KyselyTables<DB>>;
 * const table: Events["table"] = "public.orders"; // or "audit.log"
 * console.log(table);
 * ```
 *
 * @typeParam DB The database, as passed to `Kysely<DB>`.
 * @typeParam Schema The schema of tables that are named without one.
 */
export type KyselyTables<DB, Schema extends string = "public"> = {
  readonly [
    Name in keyof DB & string as Name extends `${string}.${string}` ? Name
      : `${Schema}.${Name}`
  ]: KyselySelectable<DB[Name]>;
};

/** A row that a select returns: the same as Kysely's `Selectable`. */
export type KyselySelectable<T> = {
  [
    Column in keyof T as KyselySelected<T[Column]> extends never ? never
      : Column
  ]: KyselySelected<T[Column]>;
};

/** The type that a select returns for a column. */
export type KyselySelected<T> = T extends { readonly __select__: infer S } ? S
  : T;
