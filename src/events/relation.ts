/** A column of a {@linkcode Relation}. */
export interface Column {
  /** The column's name. */
  readonly name: string;
  /** The OID of its declared type; of the domain, where it is one. */
  readonly typeOid: number;
  /** The type's modifier, for example the length of a `varchar`; -1 for none. */
  readonly typeModifier: number;
  /** Whether it is part of the replica identity. */
  readonly isKey: boolean;
}

/** A table as it was when a row of it changed. */
export interface Relation {
  /** The table's OID. */
  readonly oid: number;
  /** The table's schema. */
  readonly schema: string;
  /** The table's name, without its schema. */
  readonly name: string;
  /** What the server sends of an old row: the table's REPLICA IDENTITY. */
  readonly replicaIdentity: "default" | "nothing" | "full" | "index";
  /**
   * The names of the primary key's columns, in the table's order. The stream marks them
   * only with the `REPLICA IDENTITY` `DEFAULT`; with all others the catalog is asked, which
   * shows the table as it is now. `null` if there is no primary key, if one of its columns
   * is not published, and, but for `DEFAULT`, with `typeLookup: false`.
   */
  readonly primaryKey: readonly string[] | null;
  /** The published columns, in the table's order. */
  readonly columns: readonly Column[];
}

/**
 * A row: its values by column name. Their JavaScript types follow from the column's
 * type; a value that the server did not send since it did not change is
 * {@linkcode UNCHANGED}.
 */
export type Row = Readonly<Record<string, unknown>>;

/** Whether nothing distinguishes two descriptions of a table. */
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
