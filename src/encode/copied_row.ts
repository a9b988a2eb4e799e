import type { Relation, Row } from "../events/relation.ts";
import type { Lsn } from "../lsn.ts";

/** What the events of an initial copy have: they stand between two transactions. */
export interface CopyEvent {
  /** They belong to none. */
  readonly transaction: null;
  /** The table. */
  readonly relation: Relation;
  /** The position of the stream at which they stand. */
  readonly lsn: Lsn;
  /** Its number among the events at that position, from 0. */
  readonly index: number;
  /** Which copy of the table it belongs to. */
  readonly run: number;
}

/**
 * A row that was there before the changes, as the initial copy delivers it. It replaces
 * whatever stands under its key.
 */
export interface CopiedRow extends CopyEvent {
  /** Tells it from other events. */
  readonly kind: "read";
  /** The whole row. */
  readonly newRow: Row;
}
