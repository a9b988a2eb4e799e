/**
 * A row, or a part of one: values by column name, of the same JavaScript types as in events.
 * A `Date` is accepted for dates and timestamps too.
 */
export type FakeRow = Readonly<Record<string, unknown>>;

/** A column of a {@linkcode FakeTable}. */
export interface FakeColumn {
  /** Its type in SQL notation: `"bigint"`, `"numeric(10,2)"`, `"text[]"`, `"public.mood"`. */
  readonly type: string;
  /**
   * The value of rows that do not set it.
   *
   * @default {null}
   */
  readonly default?: unknown;
  /**
   * Whether its values count as large values, which the server stores outside of the row
   * (TOAST): an update that does not set such a value sends `UNCHANGED` instead.
   *
   * @default {false}
   */
  readonly toasted?: boolean;
}

/** Which columns of an old row the server sends: the table's `REPLICA IDENTITY`. */
export type FakeReplicaIdentity =
  | "default"
  | "nothing"
  | "full"
  | {
    /** The column or columns of the unique index. */
    readonly index: string | readonly string[];
  };

/** A table of a fake server. */
export interface FakeTable {
  /** The columns, in order: their types, or their definitions. */
  readonly columns: Readonly<Record<string, string | FakeColumn>>;
  /**
   * The column or columns of the primary key.
   *
   * @default {undefined} none
   */
  readonly primaryKey?: string | readonly string[];
  /**
   * The `REPLICA IDENTITY`.
   *
   * @default {"default"}
   */
  readonly replicaIdentity?: FakeReplicaIdentity;
  /**
   * The initial rows, from before any slot. (Those of a table that is created later are in
   * the stream.)
   *
   * @default {[]}
   */
  readonly rows?: readonly FakeRow[];
}

/** A change of a table's definition. */
export type FakeTableChange =
  | {
    /** Adds a column after the others, with its default value in all rows. */
    readonly addColumn: string;
    /** The new column: its type, or its definition. */
    readonly as: string | FakeColumn;
  }
  | {
    /** Drops a column. */
    readonly dropColumn: string;
  }
  | {
    /** Renames a column. */
    readonly renameColumn: string;
    /** The new name. */
    readonly to: string;
  }
  | {
    /** Changes the `REPLICA IDENTITY`. */
    readonly replicaIdentity: FakeReplicaIdentity;
  };

/** Returns the names of columns as an array, whether one or several were given. */
export function columnNames(
  columns: string | readonly string[] | undefined,
): readonly string[] {
  if (columns === undefined) return [];
  return typeof columns === "string" ? [columns] : columns;
}
