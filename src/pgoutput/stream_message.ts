import type { Lsn } from "../lsn.ts";
import type { UnixMicros } from "../timestamp.ts";
import type { PgoutputMessageBase } from "./message_base.ts";

/**
 * `S`: a block of changes of a transaction that has not ended yet. All messages up to
 * {@linkcode StreamStopMessage} belong to it and carry an `xid`, but for Origin.
 */
export interface StreamStartMessage extends PgoutputMessageBase<"streamStart"> {
  /** The top-level transaction's id: 32 unsigned bits, which wrap around. */
  readonly xid: number;
  /** Whether it is the transaction's first block on this connection. */
  readonly firstSegment: boolean;
}

/** `E`: the block is over; more of the same transaction may come in another one. */
export type StreamStopMessage = PgoutputMessageBase<"streamStop">;

/** `c`: the transaction whose blocks came before is committed, and complete. */
export interface StreamCommitMessage
  extends PgoutputMessageBase<"streamCommit"> {
  /** The top-level transaction's id. */
  readonly xid: number;
  /** Not in use; servers send 0. */
  readonly flags: number;
  /** Where the commit record is. To confirm it brings the transaction again. */
  readonly commitLsn: Lsn;
  /** Where the commit record ends: the position to confirm. */
  readonly endLsn: Lsn;
  /** When it was committed, in microseconds since 1970-01-01 UTC. */
  readonly commitTime: UnixMicros;
}

/**
 * `A`: the transaction, or one of its subtransactions, was rolled back. What came of a
 * subtransaction is everything from the first message on that carries its id.
 */
export interface StreamAbortMessage extends PgoutputMessageBase<"streamAbort"> {
  /** The top-level transaction's id. */
  readonly xid: number;
  /** The subtransaction's id; the same as `xid` where all is rolled back. */
  readonly subxid: number;
  /** Where the abort record is; `null` without the option `streaming` `'parallel'`. */
  readonly abortLsn: Lsn | null;
  /**
   * When it was rolled back, in microseconds since 1970-01-01 UTC; `null` without the
   * option `streaming` `'parallel'`.
   */
  readonly abortTime: UnixMicros | null;
}

/** `p`: the transaction whose blocks came before is complete and prepared. */
export interface StreamPrepareMessage
  extends PgoutputMessageBase<"streamPrepare"> {
  /** Not in use; servers send 0. */
  readonly flags: number;
  /** Where the prepare record is. */
  readonly prepareLsn: Lsn;
  /** Where the prepare record ends: the position to confirm. */
  readonly endLsn: Lsn;
  /** When it was prepared, in microseconds since 1970-01-01 UTC. */
  readonly prepareTime: UnixMicros;
  /** The transaction's id: 32 unsigned bits, which wrap around. */
  readonly xid: number;
  /** The name that `PREPARE TRANSACTION` gave it. */
  readonly gid: string;
}
