/**
 * The tables of Kysely's `DB`, for `subscribe<Tables>()` and {@linkcode Router}: the types that
 * a select gives, by the names that `event.table` has. Kysely's types have to be those of
 * Walbrook's values: `bigint` for `int8`, for example, or the option `types` that fits.
 *
 * @example
 * ```ts
 * import type { KyselyTables } from "@walbrook/walbrook/router";
 * import type { EventOf } from "@walbrook/walbrook";
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
 * @typeParam DB The database, as it is given to `Kysely<DB>`.
 * @typeParam Schema The schema of the tables that are named without one.
 */
export type KyselyTables<DB, Schema extends string = "public"> = {
  readonly [
    Name in keyof DB & string as Name extends `${string}.${string}` ? Name
      : `${Schema}.${Name}`
  ]: KyselySelectable<DB[Name]>;
};

/** A row as a select gives it: what Kysely's `Selectable` is. */
export type KyselySelectable<T> = {
  [
    Column in keyof T as KyselySelected<T[Column]> extends never ? never
      : Column
  ]: KyselySelected<T[Column]>;
};

/** The type that a select gives of a column. */
export type KyselySelected<T> = T extends { readonly __select__: infer S } ? S
  : T;
