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
  /** The position of the transaction's commit record: `commitLsn` of its Commit. */
  readonly finalLsn: Lsn;
  /** The commit time, in microseconds since 1970-01-01 UTC. */
  readonly commitTime: UnixMicros;
  /** The transaction's id: 32 unsigned bits, which wrap around. */
  readonly xid: number;
}

/** `C`: the transaction is complete. */
export interface CommitMessage extends PgoutputMessageBase<"commit"> {
  /** Not in use; servers send 0. */
  readonly flags: number;
  /** The position of the commit record. Confirming it makes the server send it again. */
  readonly commitLsn: Lsn;
  /** The end of the commit record: the position to confirm. */
  readonly endLsn: Lsn;
  /** The commit time, in microseconds since 1970-01-01 UTC. */
  readonly commitTime: UnixMicros;
}

/** `O`: the transaction was itself replicated, from the origin with that name. */
export interface OriginMessage extends PgoutputMessageBase<"origin"> {
  /** The position of its commit in the origin's WAL. */
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
  /** `atttypmod`: length or precision in the type's own encoding; -1 for none. */
  readonly typeModifier: number;
  /** Whether the column is part of the replica identity. */
  readonly isKey: boolean;
}

/**
 * `R`: the structure of a relation's tuples from here on. Precedes the relation's first
 * change on a connection, and is repeated whenever it may have changed.
 */
export interface RelationMessage extends StreamableMessageBase<"relation"> {
  /** The relation's OID, by which changes refer to it. */
  readonly oid: number;
  /** Its schema. (On the wire the name of `pg_catalog` is empty.) */
  readonly schema: string;
  /** Its name. */
  readonly name: string;
  /** The table's `REPLICA IDENTITY`. */
  readonly replicaIdentity: ReplicaIdentity;
  /** The columns that are sent; without dropped and omitted ones. */
  readonly columns: readonly RelationColumn[];
}

/**
 * `Y`: the name of a type that is not built in. Precedes the Relation that uses it. For a
 * domain it has the domain's OID with its base type's name.
 */
export interface TypeMessage extends StreamableMessageBase<"type"> {
  /** The OID by which a column refers to the type. */
  readonly oid: number;
  /** The schema of the type. (On the wire the name of `pg_catalog` is empty.) */
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
   * The old key (`K`): sent if a key column changed, or is stored out of line. Columns
   * outside of the key are `null` in it, whatever their value.
   */
  readonly keyTuple: TupleData | null;
  /** The old row (`O`): sent if the replica identity is `FULL`. */
  readonly oldTuple: TupleData | null;
  /** The new row. */
  readonly newTuple: TupleData;
}

/** `D`: a row was deleted. Either the key or the old row is present. */
export interface DeleteMessage extends StreamableMessageBase<"delete"> {
  /** The OID of a relation that a {@linkcode RelationMessage} has described. */
  readonly relationOid: number;
  /**
   * The key of the row (`K`). Columns outside of the key are `null` in it, whatever their
   * value.
   */
  readonly keyTuple: TupleData | null;
  /** The whole row (`O`), if the replica identity is `FULL`. */
  readonly oldTuple: TupleData | null;
}

/** `T`: one TRUNCATE command emptied these relations. */
export interface TruncateMessage extends StreamableMessageBase<"truncate"> {
  /** The published relations, including those that `CASCADE` added. */
  readonly relationOids: readonly number[];
  /** Whether the command contained `CASCADE`. */
  readonly cascade: boolean;
  /** Whether the command contained `RESTART IDENTITY`. */
  readonly restartIdentity: boolean;
}

/** `M`: a message written with `pg_logical_emit_message`. */
export interface LogicalMessage extends StreamableMessageBase<"message"> {
  /**
   * Whether it belongs to the enclosing transaction. If not, it is between transactions, and
   * was sent even if its own transaction was rolled back.
   */
  readonly transactional: boolean;
  /** The end of the message's record. */
  readonly lsn: Lsn;
  /** The prefix, by which readers recognize their messages. */
  readonly prefix: string;
  /** A copy of the content: any bytes, as they were written. */
  readonly content: Uint8Array;
}

/** `b`: a transaction begins that ends with its {@linkcode PrepareMessage}. */
export interface BeginPrepareMessage
  extends PgoutputMessageBase<"beginPrepare"> {
  /** The position of the prepare record. */
  readonly prepareLsn: Lsn;
  /** The end of the prepare record. */
  readonly endLsn: Lsn;
  /** The time when it was prepared, in microseconds since 1970-01-01 UTC. */
  readonly prepareTime: UnixMicros;
  /** The transaction's id: 32 unsigned bits, which wrap around. */
  readonly xid: number;
  /** The name given by `PREPARE TRANSACTION`. */
  readonly gid: string;
}

/** `P`: the transaction is complete and prepared, but not yet committed. */
export interface PrepareMessage extends PgoutputMessageBase<"prepare"> {
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

/** `K`: a prepared transaction was committed. */
export interface CommitPreparedMessage
  extends PgoutputMessageBase<"commitPrepared"> {
  /** Not in use; servers send 0. */
  readonly flags: number;
  /** The position of the commit record. */
  readonly commitLsn: Lsn;
  /** The end of the commit record: the position to confirm. */
  readonly endLsn: Lsn;
  /** The commit time, in microseconds since 1970-01-01 UTC. */
  readonly commitTime: UnixMicros;
  /** The transaction's id: 32 unsigned bits, which wrap around. */
  readonly xid: number;
  /** The name given by `PREPARE TRANSACTION`. */
  readonly gid: string;
}

/** `r`: a prepared transaction was rolled back. */
export interface RollbackPreparedMessage
  extends PgoutputMessageBase<"rollbackPrepared"> {
  /** Not in use; servers send 0. */
  readonly flags: number;
  /** The end of the prepare record. */
  readonly prepareEndLsn: Lsn;
  /** The end of the rollback record: the position to confirm. */
  readonly rollbackEndLsn: Lsn;
  /** The time when it was prepared, in microseconds since 1970-01-01 UTC. */
  readonly prepareTime: UnixMicros;
  /** The time when it was rolled back, in microseconds since 1970-01-01 UTC. */
  readonly rollbackTime: UnixMicros;
  /** The transaction's id: 32 unsigned bits, which wrap around. */
  readonly xid: number;
  /** The name given by `PREPARE TRANSACTION`. */
  readonly gid: string;
}

/**
 * A message of the output plugin `pgoutput`, of protocol versions 1 to 4, under the manual's
 * names.
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
