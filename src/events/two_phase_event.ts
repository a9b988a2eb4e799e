import type { InTransaction } from "./transaction_info.ts";
import type { Lsn } from "../lsn.ts";
import type { UnixMicros } from "../timestamp.ts";

/**
 * A prepared transaction begins, which is neither committed nor rolled back yet. Its
 * `transaction.gid` identifies it in the later `commitPrepared` or `rollbackPrepared`.
 *
 * @example The name of a prepared transaction
 * ```ts
 * import type { BeginPrepareEvent } from "@walbrook/walbrook";
 *
 * function nameOf(event: BeginPrepareEvent): string | undefined {
 *   return event.transaction.gid;
 * }
 * ```
 *
 * @category Events
 */
export interface BeginPrepareEvent extends InTransaction {
  /** The kind of the event. */
  readonly kind: "beginPrepare";
  /** Always `null`: the event concerns no single table. */
  readonly table: null;
}

/**
 * A prepared transaction is complete. Its changes have not taken effect yet.
 *
 * @example The position to store next to the prepared changes
 * ```ts
 * import { formatLsn, type PrepareEvent } from "@walbrook/walbrook";
 *
 * function positionAfter(event: PrepareEvent): string {
 *   return formatLsn(event.endLsn); // "16/B374D848"
 * }
 * ```
 *
 * @category Events
 */
export interface PrepareEvent extends InTransaction {
  /** The kind of the event. */
  readonly kind: "prepare";
  /** Always `null`: the event concerns no single table. */
  readonly table: null;
  /**
   * The end of its prepare record: the position that acknowledges it. The changes are not
   * sent again after that, so the consumer must have stored them when it acknowledges.
   */
  readonly endLsn: Lsn;
}

/**
 * The common members of the events that report the outcome of a prepared transaction.
 *
 * @category Parts of events
 */
export interface PreparedOutcome {
  /** Always `null`: the event concerns no single table. */
  readonly table: null;
  /** Always `null`: outside of transactions. */
  readonly transaction: null;
  /** Always 0. */
  readonly index: 0;
  /** The transaction id, as in its `prepare`. */
  readonly xid: number;
  /** The name given by PREPARE TRANSACTION. */
  readonly gid: string;
  /** The end of this record: the position that acknowledges it. */
  readonly endLsn: Lsn;
}

/**
 * COMMIT PREPARED was called: the transaction's changes take effect.
 *
 * @example A message for an operator
 * ```ts
 * import type { CommitPreparedEvent } from "@walbrook/walbrook";
 *
 * function describe(event: CommitPreparedEvent): string {
 *   return `${event.gid} was committed`;
 * }
 * ```
 *
 * @category Events
 */
export interface CommitPreparedEvent extends PreparedOutcome {
  /** The kind of the event. */
  readonly kind: "commitPrepared";
  /** The start of the commit record. */
  readonly commitLsn: Lsn;
  /** The commit time, in microseconds since 1970-01-01 UTC. */
  readonly commitTime: UnixMicros;
}

/**
 * ROLLBACK PREPARED was called: the transaction's changes never take effect.
 *
 * @example A message for an operator
 * ```ts
 * import type { RollbackPreparedEvent } from "@walbrook/walbrook";
 *
 * function describe(event: RollbackPreparedEvent): string {
 *   return `${event.gid} was rolled back`;
 * }
 * ```
 *
 * @category Events
 */
export interface RollbackPreparedEvent extends PreparedOutcome {
  /** The kind of the event. */
  readonly kind: "rollbackPrepared";
  /** The `endLsn` of its `prepare`. */
  readonly prepareEndLsn: Lsn;
  /** The time when it was prepared, in microseconds since 1970-01-01 UTC. */
  readonly prepareTime: UnixMicros;
  /** The time when it was rolled back, in microseconds since 1970-01-01 UTC. */
  readonly rollbackTime: UnixMicros;
}
