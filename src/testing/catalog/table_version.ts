import type { ColumnType } from "./data_type.ts";
import type { QualifiedName } from "./names.ts";

/** The texts of a row, by attribute number minus one; `null` for NULL. */
export type TextRow = readonly (string | null)[];

/** A column of a table, which keeps its number forever. */
export interface TableColumn {
  /** Its number (`attnum`), from 1. */
  readonly number: number;
  /** Its name. */
  readonly name: string;
  /** Its type. */
  readonly type: ColumnType;
  /** Whether an update omits its value if it has not changed. */
  readonly isToasted: boolean;
  /** The text of its default value; `null` for NULL. */
  readonly defaultText: string | null;
  /** The transaction that last changed it. */
  readonly changedBy: number;
  /** Whether adding the column rewrote existing rows. */
  readonly isFilled: boolean;
}

/** The definition of a table between two changes of it. */
export interface TableVersion extends QualifiedName {
  /** The table's OID. */
  readonly oid: number;
  /** The columns, except dropped ones. */
  readonly columns: readonly TableColumn[];
  /** The dropped columns, and the transactions that dropped them. */
  readonly dropped: readonly Pick<
    TableColumn,
    "number" | "type" | "changedBy"
  >[];
  /** How many columns the table has ever had. */
  readonly attributes: number;
  /** The REPLICA IDENTITY, as in `pg_class.relreplident`. */
  readonly replicaIdentity: "d" | "n" | "f" | "i";
  /** The numbers of the primary key's columns, in its order; `null` if there is none. */
  readonly primaryKey: readonly number[] | null;
  /** The numbers of the columns of the replica identity's index; `null` if there is none. */
  readonly identityIndex: readonly number[] | null;
}

/**
 * Returns the numbers of the columns of the index that is the replica identity; `null` if
 * there is none, or if the identity is of another kind.
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
