import type { Lsn } from "../lsn.ts";
import type { Relation, Row } from "./relation.ts";

/**
 * Why a table is copied.
 *
 * - `initial`: it has not been copied yet.
 * - `added`: it was added to the publication after the subscription began.
 * - `requested`: `subscription.snapshot()` asked for it.
 * - `resumed`: the copy goes on where an earlier subscription left it.
 * - `truncated`: the table was truncated while it was copied.
 * - `rewritten`: its definition, or that of its publication, changed in such a way that rows
 *   which were copied before are out of date.
 * - `gap`: changes were lost, so that the copy begins again.
 */
export type SnapshotReason =
  | "initial"
  | "added"
  | "requested"
  | "resumed"
  | "truncated"
  | "rewritten"
  | "gap";

/** What the events of a copy have: they stand between two transactions. */
export interface OutsideTransaction {
  /** They belong to no transaction. */
  readonly transaction: null;
  /** Its number among the events that stand at the same position, from 0. */
  readonly index: number;
  /** The position in the stream: all that committed before it has been delivered. */
  readonly lsn: Lsn;
}

/** The copy of a table begins, or begins again. */
export interface SnapshotBeginEvent extends OutsideTransaction {
  /** Tells it from other events. */
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
  /** Why. */
  readonly reason: SnapshotReason;
  /** How many rows the server expects in the table; `null` if it has no estimate. */
  readonly estimatedRows: number | null;
  /** How many bytes the table takes on the server, about. */
  readonly estimatedBytes: number;
}

/**
 * A row of a table that is copied, as it is at this point of the stream. It replaces
 * whatever the consumer holds under its key.
 */
export interface ReadEvent extends OutsideTransaction {
  /** Tells it from other events. */
  readonly kind: "read";
  /**
   * The table's name with its schema, for example `"public.orders"`: see
   * {@linkcode tableName}.
   */
  readonly table: string;
  /** The table. */
  readonly relation: Relation;
  /** The values of its key columns, which identify the row; `null` where there is none. */
  readonly key: Row | null;
  /** The row: all its columns, and no {@linkcode UNCHANGED}. */
  readonly newRow: Row;
  /** The number of the copy that it belongs to. */
  readonly run: number;
}

/**
 * A part of a copy is complete. It is to reads what a commit is to changes: with it they are
 * acknowledged.
 */
export interface ChunkEvent extends OutsideTransaction {
  /** Tells it from other events. */
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
  /** How many rows it has. */
  readonly rows: number;
}

/**
 * The copy of a table is complete: at this point of the stream the consumer's table equals
 * the server's.
 */
export interface SnapshotEndEvent extends OutsideTransaction {
  /** Tells it from other events. */
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
  /** How many rows were copied, since it was begun or resumed last. */
  readonly rows: number;
  /**
   * Why the copy ended before its end: the table was dropped, or is not published any more,
   * or the copy was cancelled. `null` if it is complete.
   */
  readonly aborted: "dropped" | "unpublished" | "cancelled" | null;
}

/** What a copy adds to the stream. */
export type SnapshotEvent =
  | SnapshotBeginEvent
  | ReadEvent
  | ChunkEvent
  | SnapshotEndEvent;
