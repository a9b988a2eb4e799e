import type { Lsn } from "../lsn.ts";
import type { UnixMicros } from "../timestamp.ts";
import type {
  PgoutputMessageBase,
  StreamableMessageBase,
} from "./message_base.ts";
import type {
  StreamAbortMessage,
  StreamCommitMessage,
  StreamPrepareMessage,
  StreamStartMessage,
  StreamStopMessage,
} from "./stream_message.ts";
import type { TupleData } from "./tuple.ts";

/** `B`: a transaction begins. All of it follows, up to its Commit. */
export interface BeginMessage extends PgoutputMessageBase<"begin"> {
  /** Where the transaction's commit record is: `commitLsn` of its Commit. */
  readonly finalLsn: Lsn;
  /** When it was committed, in microseconds since 1970-01-01 UTC. */
  readonly commitTime: UnixMicros;
  /** The transaction's id: 32 unsigned bits, which wrap around. */
  readonly xid: number;
}

/** `C`: the transaction is complete. */
export interface CommitMessage extends PgoutputMessageBase<"commit"> {
  /** Not in use; servers send 0. */
  readonly flags: number;
  /** Where the commit record is. To confirm it brings the transaction again. */
  readonly commitLsn: Lsn;
  /** Where the commit record ends: the position to confirm. */
  readonly endLsn: Lsn;
  /** When it was committed, in microseconds since 1970-01-01 UTC. */
  readonly commitTime: UnixMicros;
}

/** `O`: the transaction was itself replicated, from the origin of that name. */
export interface OriginMessage extends PgoutputMessageBase<"origin"> {
  /** Where its commit was in the origin's WAL. */
  readonly commitLsn: Lsn;
  /** The origin's name, as in `pg_replication_origin`. */
  readonly name: string;
}

/** Which columns of an old row the server sends with an update or delete. */
export type ReplicaIdentity = "default" | "nothing" | "full" | "index";

/** A column of a {@linkcode RelationMessage}. */
export interface RelationColumn {
  /** The column's name. */
  readonly name: string;
  /** The OID of its type; a domain's own OID, not that of its base type. */
  readonly typeOid: number;
  /** `atttypmod`: length or precision in the type's own code, -1 for none. */
  readonly typeModifier: number;
  /** Whether the column is part of the replica identity. */
  readonly isKey: boolean;
}

/**
 * `R`: what the tuples of a relation look like from here on. Comes before the
 * relation's first change on a connection, and again whenever it may have changed.
 */
export interface RelationMessage extends StreamableMessageBase<"relation"> {
  /** The relation's OID, by which changes name it. */
  readonly oid: number;
  /** Its schema. (The wire has an empty name for `pg_catalog`.) */
  readonly schema: string;
  /** Its name. */
  readonly name: string;
  /** The setting `REPLICA IDENTITY` of the table. */
  readonly replicaIdentity: ReplicaIdentity;
  /** The columns that are sent; not those which were dropped or left out. */
  readonly columns: readonly RelationColumn[];
}

/**
 * `Y`: the name of a type that is not built in. Comes before the Relation that
 * uses it. For a domain it has the domain's OID with its base type's name.
 */
export interface TypeMessage extends StreamableMessageBase<"type"> {
  /** The OID by which a column names the type. */
  readonly oid: number;
  /** The schema of the type. (The wire has an empty name for `pg_catalog`.) */
  readonly schema: string;
  /** The name of the type. */
  readonly name: string;
}

/** `I`: a row was inserted. */
export interface InsertMessage extends StreamableMessageBase<"insert"> {
  /** The OID of a relation that a {@linkcode RelationMessage} has described. */
  readonly relationOid: number;
  /** The row. */
  readonly newTuple: TupleData;
}

/** `U`: a row was updated. */
export interface UpdateMessage extends StreamableMessageBase<"update"> {
  /** The OID of a relation that a {@linkcode RelationMessage} has described. */
  readonly relationOid: number;
  /**
   * The old key (`K`): sent if a key column changed, or is stored out of line.
   * Columns outside of the key are `null` in it, which says nothing of them.
   */
  readonly keyTuple: TupleData | null;
  /** The old row (`O`): sent if the replica identity is `FULL`. */
  readonly oldTuple: TupleData | null;
  /** The new row. */
  readonly newTuple: TupleData;
}

/** `D`: a row was deleted. Either the key or the old row is there. */
export interface DeleteMessage extends StreamableMessageBase<"delete"> {
  /** The OID of a relation that a {@linkcode RelationMessage} has described. */
  readonly relationOid: number;
  /**
   * The key of the row (`K`). Columns outside of the key are `null` in it, which
   * says nothing of them.
   */
  readonly keyTuple: TupleData | null;
  /** The whole row (`O`), if the replica identity is `FULL`. */
  readonly oldTuple: TupleData | null;
}

/** `T`: one TRUNCATE command emptied these relations. */
export interface TruncateMessage extends StreamableMessageBase<"truncate"> {
  /** The published relations, with those that `CASCADE` added. */
  readonly relationOids: readonly number[];
  /** Whether the command said `CASCADE`. */
  readonly cascade: boolean;
  /** Whether the command said `RESTART IDENTITY`. */
  readonly restartIdentity: boolean;
}

/** `M`: a message that somebody wrote with `pg_logical_emit_message`. */
export interface LogicalMessage extends StreamableMessageBase<"message"> {
  /**
   * Whether it belongs to the transaction around it. If not, it stands between
   * transactions, and was sent even if its own one was rolled back.
   */
  readonly transactional: boolean;
  /** Where the record of the message ends. */
  readonly lsn: Lsn;
  /** The prefix, by which readers know their messages. */
  readonly prefix: string;
  /** The content: any bytes, as they were written. A copy. */
  readonly content: Uint8Array;
}

/** `b`: a transaction begins that ends with its {@linkcode PrepareMessage}. */
export interface BeginPrepareMessage
  extends PgoutputMessageBase<"beginPrepare"> {
  /** Where the prepare record is. */
  readonly prepareLsn: Lsn;
  /** Where the prepare record ends. */
  readonly endLsn: Lsn;
  /** When it was prepared, in microseconds since 1970-01-01 UTC. */
  readonly prepareTime: UnixMicros;
  /** The transaction's id: 32 unsigned bits, which wrap around. */
  readonly xid: number;
  /** The name that `PREPARE TRANSACTION` gave it. */
  readonly gid: string;
}

/** `P`: the transaction is complete and prepared, but not yet committed. */
export interface PrepareMessage extends PgoutputMessageBase<"prepare"> {
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

/** `K`: a prepared transaction was committed. */
export interface CommitPreparedMessage
  extends PgoutputMessageBase<"commitPrepared"> {
  /** Not in use; servers send 0. */
  readonly flags: number;
  /** Where the commit record is. */
  readonly commitLsn: Lsn;
  /** Where the commit record ends: the position to confirm. */
  readonly endLsn: Lsn;
  /** When it was committed, in microseconds since 1970-01-01 UTC. */
  readonly commitTime: UnixMicros;
  /** The transaction's id: 32 unsigned bits, which wrap around. */
  readonly xid: number;
  /** The name that `PREPARE TRANSACTION` gave it. */
  readonly gid: string;
}

/** `r`: a prepared transaction was rolled back. */
export interface RollbackPreparedMessage
  extends PgoutputMessageBase<"rollbackPrepared"> {
  /** Not in use; servers send 0. */
  readonly flags: number;
  /** Where the prepare record ends. */
  readonly prepareEndLsn: Lsn;
  /** Where the rollback record ends: the position to confirm. */
  readonly rollbackEndLsn: Lsn;
  /** When it was prepared, in microseconds since 1970-01-01 UTC. */
  readonly prepareTime: UnixMicros;
  /** When it was rolled back, in microseconds since 1970-01-01 UTC. */
  readonly rollbackTime: UnixMicros;
  /** The transaction's id: 32 unsigned bits, which wrap around. */
  readonly xid: number;
  /** The name that `PREPARE TRANSACTION` gave it. */
  readonly gid: string;
}

/**
 * What the output plugin `pgoutput` sends with protocol versions 1 to 4, under the
 * manual's names.
 *
 * Source: the manual, "Logical Replication Message Formats";
 * `src/backend/replication/logical/proto.c`.
 */
export type PgoutputMessage =
  | BeginMessage
  | CommitMessage
  | OriginMessage
  | RelationMessage
  | TypeMessage
  | InsertMessage
  | UpdateMessage
  | DeleteMessage
  | TruncateMessage
  | LogicalMessage
  | BeginPrepareMessage
  | PrepareMessage
  | CommitPreparedMessage
  | RollbackPreparedMessage
  | StreamStartMessage
  | StreamStopMessage
  | StreamCommitMessage
  | StreamAbortMessage
  | StreamPrepareMessage;
