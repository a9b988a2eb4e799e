/**
 * A column of a {@linkcode Relation}.
 *
 * @category Tables and rows
 */
export interface Column {
  /** The column's name. */
  readonly name: string;
  /** The OID of its declared type; for a domain, that of the domain. */
  readonly typeOid: number;
  /** The type modifier, for example the length of a `varchar`; -1 for none. */
  readonly typeModifier: number;
  /** Whether it is part of the replica identity. */
  readonly isKey: boolean;
}

/**
 * The definition of a table at the time when one of its rows changed, as far as the stream
 * contains it: only published columns.
 *
 * @category Tables and rows
 */
export interface Relation {
  /** The table's OID. */
  readonly oid: number;
  /** The table's schema. */
  readonly schema: string;
  /** The table's name, without its schema. */
  readonly name: string;
  /** The table's REPLICA IDENTITY: which columns of an old row the server sends. */
  readonly replicaIdentity: "default" | "nothing" | "full" | "index";
  /**
   * The names of the primary key's columns, in the table's column order. The stream marks
   * them only with the `REPLICA IDENTITY` `DEFAULT`; otherwise they are looked up in the
   * catalog, which describes the table as it is now. `null` if there is no primary key, if
   * one of its columns is not published, and, except with `DEFAULT`, if `typeLookup` is
   * `false`.
   */
  readonly primaryKey: readonly string[] | null;
  /** The published columns, in the table's column order. */
  readonly columns: readonly Column[];
}

/**
 * A row: values by column name. Their JavaScript types follow from the columns' types: an
 * `int8` is a `bigint`, a `numeric` a `string`. A value that the server omitted because it did
 * not change is {@linkcode UNCHANGED}. With the types of your tables, see `EventOf` of
 * `@walbrook/walbrook/typed`, rows are typed column by column.
 *
 * @example
 * ```ts
 * import type { Row } from "@walbrook/walbrook";
 * import { assertEquals } from "@std/assert";
 *
 * function titleOf(row: Row): string {
 *   return typeof row.title === "string" ? row.title : "untitled";
 * }
 * assertEquals(titleOf({ id: 1n, title: null }), "untitled");
 * ```
 *
 * @category Tables and rows
 */
export type Row = Readonly<Record<string, unknown>>;

/** Whether two descriptions of a table are identical. */
export function sameRelation(a: Relation, b: Relation): boolean {
  return a.schema === b.schema && a.name === b.name &&
    a.replicaIdentity === b.replicaIdentity &&
    sameNames(a.primaryKey, b.primaryKey) &&
    a.columns.length === b.columns.length &&
    a.columns.every((column, i) => {
      const other = b.columns[i];
      return other !== undefined && column.name === other.name &&
        column.typeOid === other.typeOid &&
        column.typeModifier === other.typeModifier &&
        column.isKey === other.isKey;
    });
}

function sameNames(
  a: readonly string[] | null,
  b: readonly string[] | null,
): boolean {
  return a === b || (a !== null && b !== null && a.length === b.length &&
    a.every((name, i) => name === b[i]));
}
