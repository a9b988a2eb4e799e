import type { UndecodedText } from "../pgoutput/undecoded_text.ts";
import type { Lsn } from "../lsn.ts";
import type { UnixMicros } from "../timestamp.ts";

/**
 * What every message has. All but `kind` and `walStart` is `null` where the plugin was
 * not asked for it; in format 1 the transaction has it, and not its changes.
 */
export interface Wal2jsonMessageBase<Kind extends string> {
  /** Tells the messages apart. */
  readonly kind: Kind;
  /**
   * The position in the header of the XLogData that held the message, and
   * `INVALID_LSN` where the message was decoded alone: the position of the change,
   * and for what ends a transaction the *end* of its commit record.
   */
  readonly walStart: Lsn;
  /** Option `include-xids`: the transaction's id. */
  readonly xid: number | null;
  /**
   * Option `include-timestamp`: when the transaction was committed, in microseconds
   * since 1970-01-01 UTC.
   */
  readonly commitTime: UnixMicros | null;
  /** Option `include-origin`: the replication origin's number, 0 for this server. */
  readonly origin: number | null;
  /**
   * Option `include-lsn` in format 2: where the change is; for `begin` and `commit`,
   * where the commit record is.
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
   * Its type, with the modifier unless `include-typmod` is off, and without the quotes
   * around it: `character varying(20)`, `char` for `"char"`. `null` with the option
   * `include-types` off.
   */
  readonly type: string | null;
  /** Option `include-type-oids`: the type's OID. */
  readonly typeOid: number | null;
}

/** A column with its value. */
export interface Wal2jsonColumn extends Wal2jsonKeyColumn {
  /**
   * The text that the type's output function gives (so every digit of a number, `t`
   * and `f` for booleans, and `\x` before the digits of a `bytea`), or `null`: for
   * NULL, and in numbers for NaN and infinity, which the plugin does not tell apart. Its
   * bytes where they are not UTF-8.
   */
  readonly value: string | UndecodedText | null;
}

/** Format 2: a transaction begins. */
export interface Wal2jsonBegin extends Wal2jsonMessageBase<"begin"> {
  /** Option `include-lsn`: where the commit record ends. */
  readonly nextLsn: Lsn | null;
}

/** Format 2: the transaction is complete. */
export interface Wal2jsonCommit extends Wal2jsonMessageBase<"commit"> {
  /** Option `include-lsn`: where the commit record ends. */
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
  /** The row as it is now, without the values that are unchanged and out of line. */
  readonly columns: readonly Wal2jsonColumn[];
  /** What the replica identity covers of the old row; format 1 leaves NULLs out. */
  readonly identity: readonly Wal2jsonColumn[];
  /** Option `include-pk`: the primary key's columns. */
  readonly primaryKey: readonly Wal2jsonKeyColumn[] | null;
}

/** A row was deleted. */
export interface Wal2jsonDelete extends Wal2jsonMessageBase<"delete"> {
  /** The table. */
  readonly relation: Wal2jsonRelation;
  /** What the replica identity covers of the row; format 1 leaves NULLs out. */
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
  /** Whether it belongs to the transaction around it. */
  readonly transactional: boolean;
  /** The prefix, by which readers know their messages. */
  readonly prefix: string;
  /** The content, up to its first zero byte, where the plugin cuts it off. */
  readonly content: string;
}

/** What happens within a transaction. */
export type Wal2jsonChange =
  | Wal2jsonInsert
  | Wal2jsonUpdate
  | Wal2jsonDelete
  | Wal2jsonTruncate
  | Wal2jsonLogicalMessage;

/** Format 1: a whole transaction. */
export interface Wal2jsonTransaction
  extends Wal2jsonMessageBase<"transaction"> {
  /** Option `include-lsn`: where the commit record ends. */
  readonly nextLsn: Lsn | null;
  /** What it changed, in order. */
  readonly changes: readonly Wal2jsonChange[];
}

/**
 * What the output plugin `wal2json` sends: in format 1 `transaction`, and `message` for
 * what belongs to no transaction; in format 2 all but `transaction`.
 *
 * Source: `README.md` and `wal2json.c` of https://github.com/eulerto/wal2json.
 */
export type Wal2jsonMessage =
  | Wal2jsonTransaction
  | Wal2jsonBegin
  | Wal2jsonCommit
  | Wal2jsonChange;
