import type { Lsn } from "../lsn.ts";

/** What every message has, whatever its kind. */
export interface PgoutputMessageBase<Kind extends string> {
  /** Tells the messages apart. */
  readonly kind: Kind;
  /**
   * The position in the header of the XLogData that held the message, and
   * {@linkcode INVALID_LSN} where the message was decoded alone. The server
   * itself sends `0/0` for Relation, Type, and Begin before an Origin. It is
   * neither unique nor monotonic.
   */
  readonly walStart: Lsn;
}

/** What the messages have that may come in a block of a streamed transaction. */
export interface StreamableMessageBase<Kind extends string>
  extends PgoutputMessageBase<Kind> {
  /**
   * The id of the transaction or subtransaction it belongs to. There only between
   * Stream Start and Stream Stop: decode with `inStream`.
   */
  readonly xid?: number;
}
