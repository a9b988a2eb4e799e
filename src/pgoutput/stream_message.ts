import type { Lsn } from "../lsn.ts";
import type { UnixMicros } from "../timestamp.ts";
import type { PgoutputMessageBase } from "./message_base.ts";

/**
 * `S`: the start of a block of changes of a transaction that has not ended yet. All messages
 * up to {@linkcode StreamStopMessage} belong to it and have an `xid`, except Origin.
 */
export interface StreamStartMessage extends PgoutputMessageBase<"streamStart"> {
  /** The top-level transaction's id: 32 unsigned bits, which wrap around. */
  readonly xid: number;
  /** Whether it is the transaction's first block on this connection. */
  readonly firstSegment: boolean;
}

/** `E`: the end of the block; more of the same transaction may follow in another one. */
export type StreamStopMessage = PgoutputMessageBase<"streamStop">;

/** `c`: the transaction of earlier blocks is committed, and complete. */
export interface StreamCommitMessage
  extends PgoutputMessageBase<"streamCommit"> {
  /** The top-level transaction's id. */
  readonly xid: number;
  /** Not in use; servers send 0. */
  readonly flags: number;
  /** The position of the commit record. Confirming it makes the server send it again. */
  readonly commitLsn: Lsn;
  /** The end of the commit record: the position to confirm. */
  readonly endLsn: Lsn;
  /** The commit time, in microseconds since 1970-01-01 UTC. */
  readonly commitTime: UnixMicros;
}

/**
 * `A`: the transaction, or one of its subtransactions, was rolled back. For a subtransaction,
 * that is everything from the first message with its id on.
 */
export interface StreamAbortMessage extends PgoutputMessageBase<"streamAbort"> {
  /** The top-level transaction's id. */
  readonly xid: number;
  /** The subtransaction's id; the same as `xid` if everything is rolled back. */
  readonly subxid: number;
  /** The position of the abort record; `null` without the option `streaming` `'parallel'`. */
  readonly abortLsn: Lsn | null;
  /**
   * The time when it was rolled back, in microseconds since 1970-01-01 UTC; `null` without
   * the option `streaming` `'parallel'`.
   */
  readonly abortTime: UnixMicros | null;
}

/** `p`: the transaction of earlier blocks is complete and prepared. */
export interface StreamPrepareMessage
  extends PgoutputMessageBase<"streamPrepare"> {
  /** Not in use; servers send 0. */
  readonly flags: number;
  /** The position of the prepare record. */
  readonly prepareLsn: Lsn;
  /** The end of the prepare record: the position to confirm. */
  readonly endLsn: Lsn;
  /** The time when it was prepared, in microseconds since 1970-01-01 UTC. */
  readonly prepareTime: UnixMicros;
  /** The transaction's id: 32 unsigned bits, which wrap around. */
  readonly xid: number;
  /** The name given by `PREPARE TRANSACTION`. */
  readonly gid: string;
}
