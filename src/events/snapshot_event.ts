import type { Lsn } from "../lsn.ts";
import type { Relation, Row } from "./relation.ts";

/**
 * The reason why a table is copied.
 *
 * - `initial`: it has not been copied yet.
 * - `added`: it was added to the publication after the subscription began.
 * - `requested`: `subscription.snapshot()` was called.
 * - `resumed`: the copy continues where an earlier subscription left off.
 * - `interrupted`: the copy of a table that is copied as a whole was interrupted.
 * - `truncated`: the table was truncated while it was copied.
 * - `rewritten`: its definition, or that of its publication, changed in such a way that rows
 *   copied before are out of date.
 * - `gap`: changes were lost, so the copy starts again.
 */
export type SnapshotReason =
  | "initial"
  | "added"
  | "requested"
  | "resumed"
  | "interrupted"
  | "truncated"
  | "rewritten"
  | "gap";

/**
 * The common members of a copy's events, which occur between two transactions.
 *
 * @category Parts of events
 */
export interface OutsideTransaction {
  /** Always `null`: outside of transactions. */
  readonly transaction: null;
  /** Its index among the events at the same position, from 0. */
  readonly index: number;
  /** The position in the stream: everything that committed before it has been delivered. */
  readonly lsn: Lsn;
}

/**
 * The copy of a table starts, or starts again.
 *
 * @example A message for an operator
 * ```ts
 * import type { SnapshotBeginEvent } from "@walbrook/walbrook";
 *
 * function describe(event: SnapshotBeginEvent): string {
 *   return `Copying ${event.table} (${event.reason})`;
 * }
 * ```
 *
 * @category Events
 */
export interface SnapshotBeginEvent extends OutsideTransaction {
  /** The kind of the event. */
  readonly kind: "snapshotBegin";
  /**
   * The table's name with its schema, for example `"public.orders"`: see
   * {@linkcode tableName}.
   */
  readonly table: string;
  /** The table. */
  readonly relation: Relation;
  /**
   * The number of this copy of the table: greater than that of every earlier copy, across
   * restarts too. A copy that is resumed keeps its number.
   */
  readonly run: number;
  /** The reason for the copy. */
  readonly reason: SnapshotReason;
  /** The server's estimate of the number of rows; `null` if it has none. */
  readonly estimatedRows: number | null;
  /** The approximate size of the table on the server, in bytes. */
  readonly estimatedBytes: number;
}

/**
 * A row of a table that is being copied, in its state at this point of the stream. It
 * replaces whatever the consumer stores under its key.
 *
 * @example The identity of a copied row
 * ```ts
 * import type { ReadEvent, Row } from "@walbrook/walbrook";
 *
 * function identityOf(event: ReadEvent): Row {
 *   return event.key ?? event.newRow;
 * }
 * ```
 *
 * @category Events
 */
export interface ReadEvent extends OutsideTransaction {
  /** The kind of the event. */
  readonly kind: "read";
  /**
   * The table's name with its schema, for example `"public.orders"`: see
   * {@linkcode tableName}.
   */
  readonly table: string;
  /** The table. */
  readonly relation: Relation;
  /** The values of its key columns, which identify the row; `null` without a key. */
  readonly key: Row | null;
  /** The row, with all its columns; none is {@linkcode UNCHANGED}. */
  readonly newRow: Row;
  /** The number of the copy that it belongs to. */
  readonly run: number;
}

/**
 * A part of a copy is complete. It acknowledges the reads before it, as a commit acknowledges
 * changes.
 *
 * @example A message for an operator
 * ```ts
 * import type { ChunkEvent } from "@walbrook/walbrook";
 *
 * function describe(event: ChunkEvent): string {
 *   return `${event.rows} rows of ${event.table}`;
 * }
 * ```
 *
 * @category Events
 */
export interface ChunkEvent extends OutsideTransaction {
  /** The kind of the event. */
  readonly kind: "chunk";
  /**
   * The table's name with its schema, for example `"public.orders"`: see
   * {@linkcode tableName}.
   */
  readonly table: string;
  /** The table. */
  readonly relation: Relation;
  /** The number of the copy that it belongs to. */
  readonly run: number;
  /** The number of its rows. */
  readonly rows: number;
}

/**
 * The copy of a table is complete: at this point of the stream the consumer's table equals
 * the server's.
 *
 * @example Whether the whole table was copied
 * ```ts
 * import type { SnapshotEndEvent } from "@walbrook/walbrook";
 *
 * function isComplete(event: SnapshotEndEvent): boolean {
 *   return event.aborted === null;
 * }
 * ```
 *
 * @category Events
 */
export interface SnapshotEndEvent extends OutsideTransaction {
  /** The kind of the event. */
  readonly kind: "snapshotEnd";
  /**
   * The table's name with its schema, for example `"public.orders"`: see
   * {@linkcode tableName}.
   */
  readonly table: string;
  /** The table. */
  readonly relation: Relation;
  /** The number of the copy. */
  readonly run: number;
  /** The number of rows copied since the copy last started or resumed. */
  readonly rows: number;
  /**
   * The reason why the copy ended early: the table was dropped, is no longer published, or
   * the copy was cancelled. `null` if it is complete.
   */
  readonly aborted: "dropped" | "unpublished" | "cancelled" | null;
}
