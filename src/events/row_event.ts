import type { Lsn } from "../lsn.ts";
import type { Relation, Row } from "./relation.ts";
import type { InTransaction } from "./transaction_info.ts";

/**
 * A row was inserted.
 *
 * @example A line for a log
 * ```ts
 * import type { InsertEvent } from "@walbrook/walbrook";
 *
 * function describe(event: InsertEvent): string {
 *   return `${event.table} + ${Object.values(event.newRow).join(", ")}`;
 * }
 * ```
 *
 * @category Events
 */
export interface InsertEvent extends InTransaction {
  /** The kind of the event. */
  readonly kind: "insert";
  /**
   * The table's name with its schema, for example `"public.orders"`: see
   * {@linkcode tableName}.
   */
  readonly table: string;
  /** The table. */
  readonly relation: Relation;
  /**
   * The values of the columns that identify the row: those of the primary key or, with
   * `REPLICA IDENTITY USING INDEX`, of that index. `null` if there is neither or it is
   * unknown: see {@linkcode Relation.primaryKey}.
   */
  readonly key: Row | null;
  /** The row. */
  readonly newRow: Row;
  /** The position of the change in the WAL. Neither unique nor always increasing. */
  readonly lsn: Lsn;
}

/**
 * A row was updated.
 *
 * @example The row that is to be updated elsewhere
 * ```ts
 * import type { Row, UpdateEvent } from "@walbrook/walbrook";
 *
 * function rowToFind(event: UpdateEvent): Row {
 *   return event.key ?? event.newRow;
 * }
 * ```
 *
 * @category Events
 */
export interface UpdateEvent extends InTransaction {
  /** The kind of the event. */
  readonly kind: "update";
  /**
   * The table's name with its schema, for example `"public.orders"`: see
   * {@linkcode tableName}.
   */
  readonly table: string;
  /** The table. */
  readonly relation: Relation;
  /**
   * The values of the columns that identify the row, before the update: those of the primary
   * key or, with `REPLICA IDENTITY USING INDEX`, of that index. `null` if there is neither or
   * it is unknown: see {@linkcode Relation.primaryKey}.
   */
  readonly key: Row | null;
  /** The whole row before the update; `null` unless REPLICA IDENTITY is FULL. */
  readonly oldRow: Row | null;
  /**
   * The row after the update. A large value that did not change is taken from `oldRow` or
   * `key` if present, and is {@linkcode UNCHANGED} otherwise.
   */
  readonly newRow: Row;
  /** The position of the change in the WAL. Neither unique nor always increasing. */
  readonly lsn: Lsn;
}

/**
 * A row was deleted.
 *
 * @example The row that is to be deleted elsewhere
 * ```ts
 * import type { DeleteEvent, Row } from "@walbrook/walbrook";
 *
 * function rowToDelete(event: DeleteEvent): Row | null {
 *   return event.key ?? event.oldRow;
 * }
 * ```
 *
 * @category Events
 */
export interface DeleteEvent extends InTransaction {
  /** The kind of the event. */
  readonly kind: "delete";
  /**
   * The table's name with its schema, for example `"public.orders"`: see
   * {@linkcode tableName}.
   */
  readonly table: string;
  /** The table. */
  readonly relation: Relation;
  /**
   * The values of the columns that identify the row: those of the primary key or, with
   * `REPLICA IDENTITY USING INDEX`, of that index. `null` if there is neither or it is
   * unknown: see {@linkcode Relation.primaryKey}.
   */
  readonly key: Row | null;
  /** The whole row; `null` unless REPLICA IDENTITY is FULL. */
  readonly oldRow: Row | null;
  /** The position of the change in the WAL. Neither unique nor always increasing. */
  readonly lsn: Lsn;
}
