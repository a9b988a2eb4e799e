import type { Column, Relation } from "./relation.ts";

/** One difference between two descriptions of a table. */
export type RelationChange =
  | {
    /** There is a column that was not there before. */
    readonly kind: "columnAdded";
    /** The column. */
    readonly column: Column;
  }
  | {
    /** A column is gone. */
    readonly kind: "columnDropped";
    /** The column, as it was. */
    readonly column: Column;
  }
  | {
    /**
     * The same column has another name. Told only where the catalog's column numbers
     * say so, which show the table as it is now; otherwise the old name is dropped, and
     * the new one added.
     */
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
  };
