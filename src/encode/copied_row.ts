import type { Relation, Row } from "../events/relation.ts";
import type { Lsn } from "../lsn.ts";

/**
 * A row that was there before the changes, as the initial copy delivers it. It replaces
 * whatever stands under its key.
 */
export interface CopiedRow {
  /** Tells it from other events. */
  readonly kind: "read";
  /** The table. */
  readonly relation: Relation;
  /** The whole row. */
  readonly newRow: Row;
  /** The position of the stream at which the row is as it says. */
  readonly lsn: Lsn;
  /** Its number among the rows that are copied at that position, from 0. */
  readonly index: number;
  /** Which copy of the table it belongs to. */
  readonly run: number;
  /** It belongs to none. */
  readonly transaction: null;
}
