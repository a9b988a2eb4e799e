import type { Lsn } from "../lsn.ts";
import type { UnixMicros } from "../timestamp.ts";
import type { UndecodedText } from "../pgoutput/undecoded_text.ts";
import type { UNCHANGED } from "../unchanged.ts";

/** What every message has, whatever its kind. */
export interface TestDecodingMessageBase<Kind extends string> {
  /** Tells the messages apart. */
  readonly kind: Kind;
  /**
   * The position in the header of the XLogData that held the message, and
   * `INVALID_LSN` where the message was decoded alone: the position of the change,
   * and for what ends a transaction the *end* of its record. `0/0` for `BEGIN` with
   * the option `skip-empty-xacts`.
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
   * Its type as `format_type` prints it, without a modifier: `integer`,
   * `character varying[]`, `"Odd schema".mood`.
   */
  readonly type: string;
  /**
   * The text that the type's output function gives (so `t` and `f` for booleans, and
   * bit strings without `B''`), its bytes where they are not UTF-8, `null` for NULL, or
   * {@linkcode UNCHANGED}.
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
   * When it was committed, in microseconds since 1970-01-01 UTC; `null` without the
   * option `include-timestamp`.
   */
  readonly commitTime: UnixMicros | null;
}

/** `INSERT`: a row was inserted. */
export interface TestDecodingInsert extends TestDecodingMessageBase<"insert"> {
  /** The table. */
  readonly relation: TestDecodingRelation;
  /** The row; `null` where the server has none to show. */
  readonly newTuple: readonly TestDecodingColumn[] | null;
}

/** `UPDATE`: a row was updated. */
export interface TestDecodingUpdate extends TestDecodingMessageBase<"update"> {
  /** The table. */
  readonly relation: TestDecodingRelation;
  /**
   * The columns of the old row that the replica identity covers, without those that
   * are NULL. `null` where the server logged none of it: the key is as it was.
   */
  readonly oldKey: readonly TestDecodingColumn[] | null;
  /** The row as it is now; `null` where the server has none to show. */
  readonly newTuple: readonly TestDecodingColumn[] | null;
}

/** `DELETE`: a row was deleted. */
export interface TestDecodingDelete extends TestDecodingMessageBase<"delete"> {
  /** The table. */
  readonly relation: TestDecodingRelation;
  /**
   * The columns of the row that the replica identity covers, without those that are
   * NULL; `null` where there is no replica identity.
   */
  readonly oldKey: readonly TestDecodingColumn[] | null;
}

/** `TRUNCATE`: one command emptied these tables. */
export interface TestDecodingTruncate
  extends TestDecodingMessageBase<"truncate"> {
  /** The tables, with those that `CASCADE` added. */
  readonly relations: readonly TestDecodingRelation[];
  /** Whether the command said `CASCADE`. */
  readonly cascade: boolean;
  /** Whether the command said `RESTART IDENTITY`. */
  readonly restartIdentity: boolean;
}

/** `message`: somebody called `pg_logical_emit_message`. */
export interface TestDecodingLogicalMessage
  extends TestDecodingMessageBase<"message"> {
  /** Whether it belongs to the transaction around it. */
  readonly transactional: boolean;
  /** The prefix, by which readers know their messages. */
  readonly prefix: string;
  /** The content: any bytes, as they were written. A copy. */
  readonly content: Uint8Array;
}

/** `PREPARE TRANSACTION`: the transaction is complete, but not yet committed. */
export interface TestDecodingPrepare
  extends TestDecodingMessageBase<"prepare"> {
  /** The name that `PREPARE TRANSACTION` gave it. */
  readonly gid: string;
  /** The transaction's id; `null` without the option `include-xids`. */
  readonly xid: number | null;
  /** When it was prepared; `null` without the option `include-timestamp`. */
  readonly prepareTime: UnixMicros | null;
}

/** `COMMIT PREPARED`: a prepared transaction was committed. */
export interface TestDecodingCommitPrepared
  extends TestDecodingMessageBase<"commitPrepared"> {
  /** The name that `PREPARE TRANSACTION` gave it. */
  readonly gid: string;
  /** The transaction's id; `null` without the option `include-xids`. */
  readonly xid: number | null;
  /** When it was committed; `null` without the option `include-timestamp`. */
  readonly commitTime: UnixMicros | null;
}

/** `ROLLBACK PREPARED`: a prepared transaction was rolled back. */
export interface TestDecodingRollbackPrepared
  extends TestDecodingMessageBase<"rollbackPrepared"> {
  /** The name that `PREPARE TRANSACTION` gave it. */
  readonly gid: string;
  /** The transaction's id; `null` without the option `include-xids`. */
  readonly xid: number | null;
  /** The time in it; `null` without the option `include-timestamp`. */
  readonly rollbackTime: UnixMicros | null;
}

/**
 * With the option `stream-changes`, what happens to a transaction that is still in
 * progress. The plugin only says that there is something: no table, no values.
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
   * The transaction's id, for `streamAbort` possibly that of a subtransaction; `null`
   * without the option `include-xids`.
   */
  readonly xid: number | null;
}

/** A message in a streamed block. */
export interface TestDecodingStreamMessage
  extends TestDecodingMessageBase<"streamMessage"> {
  /** Whether it belongs to the transaction of the block. */
  readonly transactional: boolean;
  /** The prefix, by which readers know their messages. */
  readonly prefix: string;
  /** How many bytes the content has. */
  readonly size: number;
  /** The content, as a copy; `null` if it is transactional. */
  readonly content: Uint8Array | null;
}

/** A streamed transaction was committed. */
export interface TestDecodingStreamCommit
  extends TestDecodingMessageBase<"streamCommit"> {
  /** The transaction's id; `null` without the option `include-xids`. */
  readonly xid: number | null;
  /** When it was committed; `null` without the option `include-timestamp`. */
  readonly commitTime: UnixMicros | null;
}

/** A streamed transaction was prepared. */
export interface TestDecodingStreamPrepare
  extends TestDecodingMessageBase<"streamPrepare"> {
  /** The name that `PREPARE TRANSACTION` gave it. */
  readonly gid: string;
  /** The transaction's id; `null` without the option `include-xids`. */
  readonly xid: number | null;
  /** When it was prepared; `null` without the option `include-timestamp`. */
  readonly prepareTime: UnixMicros | null;
}

/**
 * What the output plugin `test_decoding` sends.
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
