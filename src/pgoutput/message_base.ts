import type { Lsn } from "../lsn.ts";

/** The common members of all messages. */
export interface PgoutputMessageBase<Kind extends string> {
  /** The kind of the message. */
  readonly kind: Kind;
  /**
   * The position in the header of the XLogData that contained the message, or {@linkcode
   * INVALID_LSN} if the message was decoded alone. The server itself sends `0/0` for
   * Relation, Type, and Begin before an Origin. It is neither unique nor monotonic.
   */
  readonly walStart: Lsn;
}

/** The common members of messages that may occur in a block of a streamed transaction. */
export interface StreamableMessageBase<Kind extends string>
  extends PgoutputMessageBase<Kind> {
  /**
   * The id of the transaction or subtransaction that it belongs to. Present only between
   * Stream Start and Stream Stop: decode with `inStream`.
   */
  readonly xid?: number;
}
