import type { ColumnType } from "./data_type.ts";
import type { QualifiedName } from "./names.ts";

/** The texts of a row, by attribute number less one; `null` for NULL. */
export type TextRow = readonly (string | null)[];

/** A column of a table, which keeps its number for ever. */
export interface TableColumn {
  /** Its number (`attnum`), from 1. */
  readonly number: number;
  /** Its name. */
  readonly name: string;
  /** Its type. */
  readonly type: ColumnType;
  /** Whether an update leaves out its value where that has not changed. */
  readonly isToasted: boolean;
  /** The text of its default value; `null` for NULL. */
  readonly defaultText: string | null;
  /** The transaction that last changed it. */
  readonly changedBy: number;
  /** Whether rows from before it was added were written again for it. */
  readonly isFilled: boolean;
}

/** The definition of a table, from one change of it to the next. */
export interface TableVersion extends QualifiedName {
  /** The table's OID. */
  readonly oid: number;
  /** The columns, without those that were dropped. */
  readonly columns: readonly TableColumn[];
  /** The columns that were dropped, and the transaction that did it. */
  readonly dropped: readonly Pick<
    TableColumn,
    "number" | "type" | "changedBy"
  >[];
  /** How many columns the table ever had. */
  readonly attributes: number;
  /** The REPLICA IDENTITY, as `pg_class.relreplident` has it. */
  readonly replicaIdentity: "d" | "n" | "f" | "i";
  /** The numbers of the primary key's columns, in its order; `null` if there is none. */
  readonly primaryKey: readonly number[] | null;
  /** The numbers of the columns of the replica identity's index; `null` if there is none. */
  readonly identityIndex: readonly number[] | null;
}

/**
 * The numbers of the columns of the index that is the replica identity; `null` if there is
 * none, or if it is another kind of identity.
 */
export function identityKey(table: TableVersion): readonly number[] | null {
  switch (table.replicaIdentity) {
    case "d":
      return table.primaryKey;
    case "i":
      return table.identityIndex;
    default:
      return null;
  }
}
