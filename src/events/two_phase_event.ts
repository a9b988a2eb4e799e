import type { InTransaction } from "./transaction_info.ts";
import type { Lsn } from "../lsn.ts";
import type { UnixMicros } from "../timestamp.ts";

/**
 * A transaction begins that is prepared, and neither committed nor rolled back yet: its
 * `transaction.gid` is the name by which one of the two will be told.
 */
export interface BeginPrepareEvent extends InTransaction {
  /** Tells it from other events. */
  readonly kind: "beginPrepare";
  /** Always `null`: it concerns no single table. */
  readonly table: null;
}

/** A prepared transaction is complete. What it did does not hold yet. */
export interface PrepareEvent extends InTransaction {
  /** Tells it from other events. */
  readonly kind: "prepare";
  /** Always `null`: it concerns no single table. */
  readonly table: null;
  /**
   * Where its prepare record ends: the position that acknowledges it. The changes are
   * not sent again after that; whoever acknowledges has to have kept them.
   */
  readonly endLsn: Lsn;
}

/** What the events have that tell how a prepared transaction ended. */
export interface PreparedOutcome {
  /** Always `null`: it concerns no single table. */
  readonly table: null;
  /** They are no part of any transaction. */
  readonly transaction: null;
  /** Always 0. */
  readonly index: 0;
  /** The transaction's id, as its `prepare` had it. */
  readonly xid: number;
  /** The name that PREPARE TRANSACTION gave it. */
  readonly gid: string;
  /** Where this record ends: the position that acknowledges it. */
  readonly endLsn: Lsn;
}

/** Someone called COMMIT PREPARED: what the transaction did holds from now on. */
export interface CommitPreparedEvent extends PreparedOutcome {
  /** Tells it from other events. */
  readonly kind: "commitPrepared";
  /** Where the commit record begins. */
  readonly commitLsn: Lsn;
  /** When it committed, in microseconds since 1970-01-01 UTC. */
  readonly commitTime: UnixMicros;
}

/** Someone called ROLLBACK PREPARED: what the transaction did never holds. */
export interface RollbackPreparedEvent extends PreparedOutcome {
  /** Tells it from other events. */
  readonly kind: "rollbackPrepared";
  /** The `endLsn` of its `prepare`. */
  readonly prepareEndLsn: Lsn;
  /** When it was prepared, in microseconds since 1970-01-01 UTC. */
  readonly prepareTime: UnixMicros;
  /** When it was rolled back, in microseconds since 1970-01-01 UTC. */
  readonly rollbackTime: UnixMicros;
}
