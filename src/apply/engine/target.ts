import type {
  SnapshotBeginEvent,
  SnapshotEndEvent,
} from "../../events/snapshot_event.ts";
import type { RowEvent } from "../../encode/row_key.ts";
import type { RelationEvent, TruncateEvent } from "../../events/event.ts";
import type { StoredPosition } from "./position.ts";

/** A database to which changes are applied. */
export interface ApplyTarget {
  /** What reports and errors call it. */
  readonly name: string;
  /**
   * Connects, if it is not connected, makes the tables for positions, and finds the position.
   */
  open(): Promise<StoredPosition | null>;
  /** Begins a transaction. */
  begin(): Promise<void>;
  /**
   * Commits the transaction, with the position.
   *
   * @param before The position that has to be there still.
   * @param after The position from then on.
   * @returns Whether `before` was there: if not, nothing is committed.
   */
  commit(
    before: StoredPosition | null,
    after: StoredPosition,
  ): Promise<boolean>;
  /** Gives up the transaction, or the connection where that fails. */
  rollback(): Promise<void>;
  /**
   * Applies changes of rows, in order. Where one can't be applied, the others of this call
   * are not, either.
   *
   * @throws {RowRefusedError} If the target refuses one for good.
   */
  applyRows(rows: readonly RowEvent[]): Promise<void>;
  /** Follows a table that was described anew. */
  describe(event: RelationEvent): Promise<void>;
  /** Empties tables. */
  truncate(event: TruncateEvent): Promise<void>;
  /** Notes which rows a copy brings, so that others can be told. */
  beginCopy(event: SnapshotBeginEvent): Promise<void>;
  /** Removes the rows that a complete copy did not bring, and no change since. */
  endCopy(event: SnapshotEndEvent): Promise<void>;
  /** Whether an error passes by itself: a lost connection, a deadlock. */
  isRetryable(error: unknown): boolean;
  /** Ends the connection. */
  close(): Promise<void>;
}

/** A change that the target refuses for good. */
export class RowRefusedError extends Error {
  /** Its place among those that were to be applied. */
  readonly index: number;

  constructor(index: number, cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
    this.name = "RowRefusedError";
    this.index = index;
  }
}

/**
 * Says that a table can't be applied to, since nothing tells its rows.
 *
 * @param table The table's name.
 */
export function keylessError(table: string): TypeError {
  return new TypeError(
    `Cannot apply changes of ${table}: it has neither a primary key nor an index as its replica identity, so that nothing tells its rows; add one, name its columns in "keys", or leave the table out with a stage`,
  );
}
