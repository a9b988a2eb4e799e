import type { UndecodedText } from "../pgoutput/undecoded_text.ts";
import type { Lsn } from "../lsn.ts";
import type { UnixMicros } from "../timestamp.ts";

/**
 * The common members of all messages. All except `kind` and `walStart` are `null` if the
 * plugin was not asked for them; in format 1 the transaction has them, and not its changes.
 */
export interface Wal2jsonMessageBase<Kind extends string> {
  /** The kind of the message. */
  readonly kind: Kind;
  /**
   * The position in the header of the XLogData that contained the message, or `INVALID_LSN`
   * if the message was decoded alone: the position of the change, and for the end of a
   * transaction the *end* of its commit record.
   */
  readonly walStart: Lsn;
  /** Option `include-xids`: the transaction's id. */
  readonly xid: number | null;
  /**
   * Option `include-timestamp`: the commit time of the transaction, in microseconds since
   * 1970-01-01 UTC.
   */
  readonly commitTime: UnixMicros | null;
  /** Option `include-origin`: the replication origin's number, 0 for this server. */
  readonly origin: number | null;
  /**
   * Option `include-lsn` in format 2: the position of the change; for `begin` and `commit`,
   * of the commit record.
   */
  readonly lsn: Lsn | null;
}

/** A table, by name. */
export interface Wal2jsonRelation {
  /** Its schema; `null` with the option `include-schemas` off. */
  readonly schema: string | null;
  /** Its name, without the schema. */
  readonly name: string;
}

/** A column without its value. */
export interface Wal2jsonKeyColumn {
  /** The column's name. */
  readonly name: string;
  /**
   * Its type, with the modifier unless `include-typmod` is off, and without the enclosing
   * quotes: `character varying(20)`, `char` for `"char"`. `null` with the option
   * `include-types` off.
   */
  readonly type: string | null;
  /** Option `include-type-oids`: the type's OID. */
  readonly typeOid: number | null;
}

/** A column with its value. */
export interface Wal2jsonColumn extends Wal2jsonKeyColumn {
  /**
   * The text from the type's output function (so every digit of a number, `t` and `f` for
   * booleans, and `\x` before the digits of a `bytea`); `null` for NULL, and in numbers for
   * NaN and infinity, which the plugin does not distinguish. The bytes if they are not UTF-8.
   */
  readonly value: string | UndecodedText | null;
}

/** Format 2: a transaction begins. */
export interface Wal2jsonBegin extends Wal2jsonMessageBase<"begin"> {
  /** Option `include-lsn`: the end of the commit record. */
  readonly nextLsn: Lsn | null;
}

/** Format 2: the transaction is complete. */
export interface Wal2jsonCommit extends Wal2jsonMessageBase<"commit"> {
  /** Option `include-lsn`: the end of the commit record. */
  readonly nextLsn: Lsn | null;
}

/** A row was inserted. */
export interface Wal2jsonInsert extends Wal2jsonMessageBase<"insert"> {
  /** The table. */
  readonly relation: Wal2jsonRelation;
  /** The row. */
  readonly columns: readonly Wal2jsonColumn[];
  /** Option `include-pk`: the primary key's columns. */
  readonly primaryKey: readonly Wal2jsonKeyColumn[] | null;
}

/** A row was updated. */
export interface Wal2jsonUpdate extends Wal2jsonMessageBase<"update"> {
  /** The table. */
  readonly relation: Wal2jsonRelation;
  /** The row after the update, without values that are unchanged and out of line. */
  readonly columns: readonly Wal2jsonColumn[];
  /** The old row's columns in the replica identity; format 1 omits NULLs. */
  readonly identity: readonly Wal2jsonColumn[];
  /** Option `include-pk`: the primary key's columns. */
  readonly primaryKey: readonly Wal2jsonKeyColumn[] | null;
}

/** A row was deleted. */
export interface Wal2jsonDelete extends Wal2jsonMessageBase<"delete"> {
  /** The table. */
  readonly relation: Wal2jsonRelation;
  /** The row's columns in the replica identity; format 1 omits NULLs. */
  readonly identity: readonly Wal2jsonColumn[];
  /** Option `include-pk`: the primary key's columns. */
  readonly primaryKey: readonly Wal2jsonKeyColumn[] | null;
}

/** Format 2: a table was emptied; one message for each table of the command. */
export interface Wal2jsonTruncate extends Wal2jsonMessageBase<"truncate"> {
  /** The table. */
  readonly relation: Wal2jsonRelation;
}

/** Somebody called `pg_logical_emit_message`. */
export interface Wal2jsonLogicalMessage extends Wal2jsonMessageBase<"message"> {
  /** Whether it belongs to the enclosing transaction. */
  readonly transactional: boolean;
  /** The prefix, by which readers recognize their messages. */
  readonly prefix: string;
  /** The content up to its first zero byte, where the plugin truncates it. */
  readonly content: string;
}

/** A change within a transaction. */
export type Wal2jsonChange =
  | Wal2jsonInsert
  | Wal2jsonUpdate
  | Wal2jsonDelete
  | Wal2jsonTruncate
  | Wal2jsonLogicalMessage;

/** Format 1: a whole transaction. */
export interface Wal2jsonTransaction
  extends Wal2jsonMessageBase<"transaction"> {
  /** Option `include-lsn`: the end of the commit record. */
  readonly nextLsn: Lsn | null;
  /** Its changes, in order. */
  readonly changes: readonly Wal2jsonChange[];
}

/**
 * A message of the output plugin `wal2json`: in format 1 `transaction`, and `message` outside
 * of transactions; in format 2 all except `transaction`.
 *
 * Source: `README.md` and `wal2json.c` of https://github.com/eulerto/wal2json.
 */
export type Wal2jsonMessage =
  | Wal2jsonTransaction
  | Wal2jsonBegin
  | Wal2jsonCommit
  | Wal2jsonChange;
