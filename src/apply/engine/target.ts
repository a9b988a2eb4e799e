import type {
  SnapshotBeginEvent,
  SnapshotEndEvent,
} from "../../events/snapshot_event.ts";
import type { RowEvent } from "../../encode/row_key.ts";
import type { RelationEvent, TruncateEvent } from "../../events/event.ts";
import type { StoredPosition } from "./position.ts";

/** A database to which changes are applied. */
export interface ApplyTarget {
  /** Its name in reports and errors. */
  readonly name: string;
  /**
   * Connects if necessary, creates the tables for positions, and reads the position.
   */
  open(): Promise<StoredPosition | null>;
  /** Begins a transaction. */
  begin(): Promise<void>;
  /**
   * Commits the transaction, with the position.
   *
   * @param before The position that must still be stored.
   * @param after The position to store.
   * @returns Whether `before` was stored: if not, nothing is committed.
   */
  commit(
    before: StoredPosition | null,
    after: StoredPosition,
  ): Promise<boolean>;
  /** Rolls back the transaction; if that fails, closes the connection. */
  rollback(): Promise<void>;
  /**
   * Applies changes of rows, in order. If one can't be applied, none of this call are.
   *
   * @throws {RowRefusedError} If the target rejects one permanently.
   */
  applyRows(rows: readonly RowEvent[]): Promise<void>;
  /** Adapts to a new description of a table. */
  describe(event: RelationEvent): Promise<void>;
  /** Empties tables. */
  truncate(event: TruncateEvent): Promise<void>;
  /** Starts recording which rows a copy brings, so that others can be removed. */
  beginCopy(event: SnapshotBeginEvent): Promise<void>;
  /** Removes the rows that neither a complete copy nor a change since has brought. */
  endCopy(event: SnapshotEndEvent): Promise<void>;
  /** Returns whether an error is transient, such as a lost connection or a deadlock. */
  isRetryable(error: unknown): boolean;
  /** Ends the connection. */
  close(): Promise<void>;
}

/** The error for a change that the target rejects permanently. */
export class RowRefusedError extends Error {
  /** Its index among the changes to apply. */
  readonly index: number;

  constructor(index: number, cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
    this.name = "RowRefusedError";
    this.index = index;
  }
}

/**
 * Creates the error for a table to which changes can't be applied, because rows have no key.
 *
 * @param table The table's name.
 */
export function keylessError(table: string): TypeError {
  return new TypeError(
    `Cannot apply changes of ${table}: it has neither a primary key nor an index as its replica identity, so its rows can't be identified; add one, name its columns in "keys", or leave the table out with a stage`,
  );
}
