import type { UNCHANGED } from "../unchanged.ts";
import type { Lsn } from "../lsn.ts";
import type {
  BeginEvent,
  CommitEvent,
  LogicalMessageEvent,
  RelationEvent,
  ReplicationEvent,
  TruncateEvent,
} from "./event.ts";
import type { GapEvent } from "./gap.ts";
import { isRowEvent } from "./row_change.ts";
import type { Relation, Row } from "./relation.ts";
import type {
  ChunkEvent,
  OutsideTransaction,
  SnapshotBeginEvent,
  SnapshotEndEvent,
} from "./snapshot_event.ts";
import type { InTransaction } from "./transaction_info.ts";
import type {
  BeginPrepareEvent,
  CommitPreparedEvent,
  PrepareEvent,
  RollbackPreparedEvent,
} from "./two_phase_event.ts";
import type {
  KeyColumnsOf,
  RowOf,
  TableNames,
  ToastedColumnsOf,
} from "./typed_table.ts";

/**
 * A row in which every column is known.
 *
 * @category Events of tables
 */
export type WholeRow<R> = { readonly [Column in keyof R]: R[Column] };

/**
 * A row after an update, in which {@linkcode UNCHANGED} may replace a value that the server
 * did not send.
 *
 * @typeParam R The row.
 * @typeParam Toasted The columns in which it may occur.
 *
 * @category Events of tables
 */
export type UpdatedRow<R, Toasted> = {
  readonly [Column in keyof R]: Column extends Toasted
    ? R[Column] | typeof UNCHANGED
    : R[Column];
};

/**
 * The columns that identify a row; any subset of columns if the program has not named them.
 *
 * @category Events of tables
 */
export type TypedKey<R, Key> = [Key] extends [never]
  ? { readonly [Column in keyof R]?: R[Column] }
  : { readonly [Column in Key & keyof R]: R[Column] };

/**
 * An {@linkcode InsertEvent} of a table that the program knows.
 *
 * @category Events of tables
 */
export interface TypedInsertEvent<Name extends string, R, Key>
  extends InTransaction {
  /** The kind of the event. */
  readonly kind: "insert";
  /** The table's name with its schema. */
  readonly table: Name;
  /** The table. */
  readonly relation: Relation;
  /** The columns that identify the row; `null` if they are unknown. */
  readonly key: TypedKey<R, Key> | null;
  /** The row. */
  readonly newRow: WholeRow<R>;
  /** The position of the change in the WAL. Neither unique nor always increasing. */
  readonly lsn: Lsn;
}

/**
 * An {@linkcode UpdateEvent} of a table that the program knows.
 *
 * @category Events of tables
 */
export interface TypedUpdateEvent<Name extends string, R, Key, Toasted>
  extends InTransaction {
  /** The kind of the event. */
  readonly kind: "update";
  /** The table's name with its schema. */
  readonly table: Name;
  /** The table. */
  readonly relation: Relation;
  /** The columns that identify the row, before the update; `null` if they are unknown. */
  readonly key: TypedKey<R, Key> | null;
  /** The whole row before the update; `null` unless REPLICA IDENTITY is FULL. */
  readonly oldRow: WholeRow<R> | null;
  /** The row after the update. */
  readonly newRow: UpdatedRow<R, Exclude<Toasted, Key>>;
  /** The position of the change in the WAL. Neither unique nor always increasing. */
  readonly lsn: Lsn;
}

/**
 * A {@linkcode DeleteEvent} of a table that the program knows.
 *
 * @category Events of tables
 */
export interface TypedDeleteEvent<Name extends string, R, Key>
  extends InTransaction {
  /** The kind of the event. */
  readonly kind: "delete";
  /** The table's name with its schema. */
  readonly table: Name;
  /** The table. */
  readonly relation: Relation;
  /** The columns that identify the row; `null` if they are unknown. */
  readonly key: TypedKey<R, Key> | null;
  /** The whole row; `null` unless REPLICA IDENTITY is FULL. */
  readonly oldRow: WholeRow<R> | null;
  /** The position of the change in the WAL. Neither unique nor always increasing. */
  readonly lsn: Lsn;
}

/**
 * A {@linkcode ReadEvent} of a table that the program knows.
 *
 * @category Events of tables
 */
export interface TypedReadEvent<Name extends string, R, Key>
  extends OutsideTransaction {
  /** The kind of the event. */
  readonly kind: "read";
  /** The table's name with its schema. */
  readonly table: Name;
  /** The table. */
  readonly relation: Relation;
  /** The columns that identify the row; `null` without a key. */
  readonly key: TypedKey<R, Key> | null;
  /** The row. */
  readonly newRow: WholeRow<R>;
  /** The number of the copy that it belongs to. */
  readonly run: number;
}

/**
 * The events about single rows of a table.
 *
 * @category Events of tables
 */
export type TypedRowEvent<Name extends string, R, Key, Toasted> =
  | TypedInsertEvent<Name, R, Key>
  | TypedUpdateEvent<Name, R, Key, Toasted>
  | TypedDeleteEvent<Name, R, Key>
  | TypedReadEvent<Name, R, Key>;

/**
 * The name of a table that the program has not listed. It exists only as a type: a pattern
 * that no listed name matches, so that the compiler can tell the two apart. The value is the
 * table's name; see {@linkcode isUnlistedTable}.
 *
 * @category Events of tables
 */
export type UnlistedTable = `~unlisted ${string}`;

/**
 * A {@linkcode RelationEvent} whose table may be one of those that the program knows.
 *
 * @category Events of tables
 */
export interface TypedRelationEvent<Name extends string> extends RelationEvent {
  /** The table's name with its schema. */
  readonly table: Name;
}

/**
 * A {@linkcode SnapshotBeginEvent} with the names that the program knows.
 *
 * @category Events of tables
 */
export interface TypedSnapshotBeginEvent<Name extends string>
  extends SnapshotBeginEvent {
  /** The table's name with its schema. */
  readonly table: Name;
}

/**
 * A {@linkcode ChunkEvent} with the names that the program knows.
 *
 * @category Events of tables
 */
export interface TypedChunkEvent<Name extends string> extends ChunkEvent {
  /** The table's name with its schema. */
  readonly table: Name;
}

/**
 * A {@linkcode SnapshotEndEvent} with the names that the program knows.
 *
 * @category Events of tables
 */
export interface TypedSnapshotEndEvent<Name extends string>
  extends SnapshotEndEvent {
  /** The table's name with its schema. */
  readonly table: Name;
}

/**
 * The events of a program that knows its tables: a closed union, discriminated by `table` and
 * `kind`. Rows of tables that are not listed have an {@linkcode UnlistedTable}.
 *
 * @category Events of tables
 */
export type TypedEvent<Tables> =
  | {
    [Name in TableNames<Tables>]: TypedRowEvent<
      Name,
      RowOf<Tables[Name]>,
      KeyColumnsOf<Tables[Name]>,
      ToastedColumnsOf<Tables[Name]>
    >;
  }[TableNames<Tables>]
  | TypedRowEvent<UnlistedTable, Row, never, string>
  | TypedRelationEvent<TableNames<Tables> | UnlistedTable>
  | TypedSnapshotBeginEvent<TableNames<Tables> | UnlistedTable>
  | TypedChunkEvent<TableNames<Tables> | UnlistedTable>
  | TypedSnapshotEndEvent<TableNames<Tables> | UnlistedTable>
  | BeginEvent
  | TruncateEvent
  | LogicalMessageEvent
  | CommitEvent
  | BeginPrepareEvent
  | PrepareEvent
  | CommitPreparedEvent
  | RollbackPreparedEvent
  | GapEvent;

/**
 * The events of a subscription, derived from what the program knows about its tables:
 * {@linkcode ReplicationEvent} if it knows nothing.
 *
 * @example
 * ```ts
 * import type { EventOf } from "@walbrook/walbrook/typed";
 *
 * interface Tables {
 *   "public.orders": { readonly id: bigint; readonly total: string };
 * }
 * function totalOf(event: EventOf<Tables>): string | null {
 *   return event.table === "public.orders" && event.kind === "insert"
 *     ? event.newRow.total
 *     : null;
 * }
 * console.log(totalOf.name);
 * ```
 *
 * @category Events of tables
 */
export type EventOf<Tables> = unknown extends Tables ? ReplicationEvent
  : string extends keyof Tables ? ReplicationEvent
  : TypedEvent<Tables>;

/**
 * Returns whether an event is about a row of a table that the program has not listed. The
 * type of its rows is then {@linkcode Row}. For a listed table, compare `event.table`.
 *
 * @example
 * ```ts
 * import { type EventOf, isUnlistedTable } from "@walbrook/walbrook/typed";
 *
 * interface Tables {
 *   "public.orders": { readonly id: bigint };
 * }
 * function auditText(event: EventOf<Tables>): string {
 *   return isUnlistedTable(event, "public.audit") && event.kind === "insert"
 *     ? String(event.newRow.entry)
 *     : "";
 * }
 * console.log(auditText.name);
 * ```
 *
 * @param event The event.
 * @param table The table's name, as in `event.table`.
 * @returns Whether it is about a row of that table.
 *
 * @category Events of tables
 */
export function isUnlistedTable<
  Event extends { readonly kind: string; readonly table: string | null },
>(
  event: Event,
  table: string,
): event is Extract<Event, { readonly table: UnlistedTable }> {
  return event.table === table && isRowEvent(event);
}
