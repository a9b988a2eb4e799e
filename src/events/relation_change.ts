import type { Column, Relation } from "./relation.ts";

/**
 * One difference between two descriptions of a table. Columns are told apart by their
 * number in the catalog (`attnum` of `pg_attribute`). Where that is not known (with
 * `typeLookup: false`, or if the catalog has changed again since), columns of the same
 * name count as the same one, a column that is gone is `columnRemoved`, and one that has
 * come is `columnAdded`.
 *
 * Source: `src/include/catalog/pg_attribute.h`.
 */
export type RelationChange =
  | {
    /** A column comes that did not come before; as far as the catalog tells, a new one. */
    readonly kind: "columnAdded";
    /** The column. */
    readonly column: Column;
  }
  | {
    /**
     * A column comes that the table had before: it has joined the publication's column
     * list, or was a generated column.
     */
    readonly kind: "columnPublished";
    /** The column. */
    readonly column: Column;
  }
  | {
    /** A column was dropped from the table. */
    readonly kind: "columnDropped";
    /** The column, as it was. */
    readonly column: Column;
  }
  | {
    /** A column does not come any more, though the table has it: it left the column list. */
    readonly kind: "columnUnpublished";
    /** The column, as it was. */
    readonly column: Column;
  }
  | {
    /**
     * A column does not come any more under this name, and the catalog does not tell why:
     * it was dropped, renamed, or left the column list.
     */
    readonly kind: "columnRemoved";
    /** The column, as it was. */
    readonly column: Column;
  }
  | {
    /** The same column has another name. */
    readonly kind: "columnRenamed";
    /** The column as it was. */
    readonly previous: Column;
    /** The column as it is. */
    readonly column: Column;
  }
  | {
    /** A column has another type, or another modifier of its type. */
    readonly kind: "columnRetyped";
    /** The column as it was. */
    readonly previous: Column;
    /** The column as it is. */
    readonly column: Column;
  }
  | {
    /** The table has another name, or is in another schema. */
    readonly kind: "tableRenamed";
    /** The schema as it was. */
    readonly schema: string;
    /** The name as it was. */
    readonly name: string;
  }
  | {
    /** Other columns of old rows are sent: see the columns' `isKey`. */
    readonly kind: "replicaIdentityChanged";
    /** The identity as it was; it may be the same, with other columns in it. */
    readonly replicaIdentity: Relation["replicaIdentity"];
  }
  | {
    /** Other columns make the primary key, or it is known now and was not before. */
    readonly kind: "primaryKeyChanged";
    /** The names of its columns as it was, or `null`. */
    readonly primaryKey: Relation["primaryKey"];
  };
