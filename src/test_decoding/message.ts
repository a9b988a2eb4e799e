import type { Lsn } from "../lsn.ts";
import type { UnixMicros } from "../timestamp.ts";
import type { UndecodedText } from "../pgoutput/undecoded_text.ts";
import type { UNCHANGED } from "../unchanged.ts";

/** The common members of all messages. */
export interface TestDecodingMessageBase<Kind extends string> {
  /** The kind of the message. */
  readonly kind: Kind;
  /**
   * The position in the header of the XLogData that contained the message, or `INVALID_LSN`
   * if the message was decoded alone: the position of the change, and for the end of a
   * transaction the *end* of its record. `0/0` for `BEGIN` with the option
   * `skip-empty-xacts`.
   */
  readonly walStart: Lsn;
}

/** A table, by name. */
export interface TestDecodingRelation {
  /** Its schema. */
  readonly schema: string;
  /** Its name, without the schema. */
  readonly name: string;
}

/** The value of one column. */
export interface TestDecodingColumn {
  /** The column's name. */
  readonly name: string;
  /**
   * Its type in the notation of `format_type`, without a modifier: `integer`, `character
   * varying[]`, `"Odd schema".mood`.
   */
  readonly type: string;
  /**
   * The text from the type's output function (so `t` and `f` for booleans, and bit strings
   * without `B''`), its bytes if they are not UTF-8, `null` for NULL, or {@linkcode
   * UNCHANGED}.
   */
  readonly value: string | UndecodedText | null | typeof UNCHANGED;
}

/** `BEGIN`: a transaction begins. All of it follows, up to its commit. */
export interface TestDecodingBegin extends TestDecodingMessageBase<"begin"> {
  /** The transaction's id; `null` without the option `include-xids`. */
  readonly xid: number | null;
}

/** `COMMIT`: the transaction is complete. */
export interface TestDecodingCommit extends TestDecodingMessageBase<"commit"> {
  /** The transaction's id; `null` without the option `include-xids`. */
  readonly xid: number | null;
  /**
   * The commit time, in microseconds since 1970-01-01 UTC; `null` without the option
   * `include-timestamp`.
   */
  readonly commitTime: UnixMicros | null;
}

/** `INSERT`: a row was inserted. */
export interface TestDecodingInsert extends TestDecodingMessageBase<"insert"> {
  /** The table. */
  readonly relation: TestDecodingRelation;
  /** The row; `null` if the server has not logged it. */
  readonly newTuple: readonly TestDecodingColumn[] | null;
}

/** `UPDATE`: a row was updated. */
export interface TestDecodingUpdate extends TestDecodingMessageBase<"update"> {
  /** The table. */
  readonly relation: TestDecodingRelation;
  /**
   * The old row's columns in the replica identity, except NULLs. `null` if the server has not
   * logged any of it: the key has not changed.
   */
  readonly oldKey: readonly TestDecodingColumn[] | null;
  /** The row after the update; `null` if the server has not logged it. */
  readonly newTuple: readonly TestDecodingColumn[] | null;
}

/** `DELETE`: a row was deleted. */
export interface TestDecodingDelete extends TestDecodingMessageBase<"delete"> {
  /** The table. */
  readonly relation: TestDecodingRelation;
  /**
   * The row's columns in the replica identity, except NULLs; `null` without a replica
   * identity.
   */
  readonly oldKey: readonly TestDecodingColumn[] | null;
}

/** `TRUNCATE`: one command emptied these tables. */
export interface TestDecodingTruncate
  extends TestDecodingMessageBase<"truncate"> {
  /** The tables, including those that `CASCADE` added. */
  readonly relations: readonly TestDecodingRelation[];
  /** Whether the command contained `CASCADE`. */
  readonly cascade: boolean;
  /** Whether the command contained `RESTART IDENTITY`. */
  readonly restartIdentity: boolean;
}

/** `message`: somebody called `pg_logical_emit_message`. */
export interface TestDecodingLogicalMessage
  extends TestDecodingMessageBase<"message"> {
  /** Whether it belongs to the enclosing transaction. */
  readonly transactional: boolean;
  /** The prefix, by which readers recognize their messages. */
  readonly prefix: string;
  /** A copy of the content: any bytes, as they were written. */
  readonly content: Uint8Array;
}

/** `PREPARE TRANSACTION`: the transaction is complete, but not yet committed. */
export interface TestDecodingPrepare
  extends TestDecodingMessageBase<"prepare"> {
  /** The name given by `PREPARE TRANSACTION`. */
  readonly gid: string;
  /** The transaction's id; `null` without the option `include-xids`. */
  readonly xid: number | null;
  /**
   * The time when it was prepared, in microseconds since 1970-01-01 UTC; `null` without the option
   * `include-timestamp`.
   */
  readonly prepareTime: UnixMicros | null;
}

/** `COMMIT PREPARED`: a prepared transaction was committed. */
export interface TestDecodingCommitPrepared
  extends TestDecodingMessageBase<"commitPrepared"> {
  /** The name given by `PREPARE TRANSACTION`. */
  readonly gid: string;
  /** The transaction's id; `null` without the option `include-xids`. */
  readonly xid: number | null;
  /**
   * The commit time, in microseconds since 1970-01-01 UTC; `null` without the option
   * `include-timestamp`.
   */
  readonly commitTime: UnixMicros | null;
}

/** `ROLLBACK PREPARED`: a prepared transaction was rolled back. */
export interface TestDecodingRollbackPrepared
  extends TestDecodingMessageBase<"rollbackPrepared"> {
  /** The name given by `PREPARE TRANSACTION`. */
  readonly gid: string;
  /** The transaction's id; `null` without the option `include-xids`. */
  readonly xid: number | null;
  /**
   * The time of the rollback, in microseconds since 1970-01-01 UTC; `null` without the option
   * `include-timestamp`.
   */
  readonly rollbackTime: UnixMicros | null;
}

/**
 * With the option `stream-changes`: an event of a transaction that is still in progress. The
 * plugin only reports that there is one, without table or values.
 */
export interface TestDecodingStreamed extends
  TestDecodingMessageBase<
    | "streamStart"
    | "streamStop"
    | "streamChange"
    | "streamTruncate"
    | "streamAbort"
  > {
  /**
   * The transaction's id, for `streamAbort` possibly that of a subtransaction; `null` without
   * the option `include-xids`.
   */
  readonly xid: number | null;
}

/** A message in a streamed block. */
export interface TestDecodingStreamMessage
  extends TestDecodingMessageBase<"streamMessage"> {
  /** Whether it belongs to the transaction of the block. */
  readonly transactional: boolean;
  /** The prefix, by which readers recognize their messages. */
  readonly prefix: string;
  /** The size of the content, in bytes. */
  readonly size: number;
  /** A copy of the content; `null` if it is transactional. */
  readonly content: Uint8Array | null;
}

/** A streamed transaction was committed. */
export interface TestDecodingStreamCommit
  extends TestDecodingMessageBase<"streamCommit"> {
  /** The transaction's id; `null` without the option `include-xids`. */
  readonly xid: number | null;
  /**
   * The commit time, in microseconds since 1970-01-01 UTC; `null` without the option
   * `include-timestamp`.
   */
  readonly commitTime: UnixMicros | null;
}

/** A streamed transaction was prepared. */
export interface TestDecodingStreamPrepare
  extends TestDecodingMessageBase<"streamPrepare"> {
  /** The name given by `PREPARE TRANSACTION`. */
  readonly gid: string;
  /** The transaction's id; `null` without the option `include-xids`. */
  readonly xid: number | null;
  /**
   * The time when it was prepared, in microseconds since 1970-01-01 UTC; `null` without the option
   * `include-timestamp`.
   */
  readonly prepareTime: UnixMicros | null;
}

/**
 * A message of the output plugin `test_decoding`.
 *
 * Source: `contrib/test_decoding/test_decoding.c`.
 */
export type TestDecodingMessage =
  | TestDecodingBegin
  | TestDecodingCommit
  | TestDecodingInsert
  | TestDecodingUpdate
  | TestDecodingDelete
  | TestDecodingTruncate
  | TestDecodingLogicalMessage
  | TestDecodingPrepare
  | TestDecodingCommitPrepared
  | TestDecodingRollbackPrepared
  | TestDecodingStreamed
  | TestDecodingStreamMessage
  | TestDecodingStreamCommit
  | TestDecodingStreamPrepare;
