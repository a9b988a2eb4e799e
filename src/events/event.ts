import type { GapEvent } from "./gap.ts";
import type { Relation, Row } from "./relation.ts";
import type { RelationChange } from "./relation_change.ts";
import type { InTransaction, TransactionInfo } from "./transaction_info.ts";
import type {
  BeginPrepareEvent,
  CommitPreparedEvent,
  PrepareEvent,
  RollbackPreparedEvent,
} from "./two_phase_event.ts";
import type { Lsn } from "../lsn.ts";
import type {
  ChunkEvent,
  ReadEvent,
  SnapshotBeginEvent,
  SnapshotEndEvent,
} from "./snapshot_event.ts";

/** A transaction begins. It has committed already: aborted ones are never sent. */
export interface BeginEvent extends InTransaction {
  /** Tells it from other events. */
  readonly kind: "begin";
  /** Always `null`: it concerns no single table. */
  readonly table: null;
}

/** A transaction is complete. */
export interface CommitEvent extends InTransaction {
  /** Tells it from other events. */
  readonly kind: "commit";
  /** Always `null`: it concerns no single table. */
  readonly table: null;
  /** Where its commit record ends: the position that acknowledges it. */
  readonly endLsn: Lsn;
}

/** A row was inserted. */
export interface InsertEvent extends InTransaction {
  /** Tells it from other events. */
  readonly kind: "insert";
  /**
   * The table's name with its schema, for example `"public.orders"`: see
   * {@linkcode tableName}.
   */
  readonly table: string;
  /** The table. */
  readonly relation: Relation;
  /**
   * The values of the columns that identify the row: those of the primary key, or with
   * `REPLICA IDENTITY USING INDEX` those of that index. `null` if neither is there or
   * known: see {@linkcode Relation.primaryKey}.
   */
  readonly key: Row | null;
  /** The row. */
  readonly newRow: Row;
  /** Where the change stands in the WAL. Neither unique nor ever-increasing. */
  readonly lsn: Lsn;
}

/** A row was updated. */
export interface UpdateEvent extends InTransaction {
  /** Tells it from other events. */
  readonly kind: "update";
  /**
   * The table's name with its schema, for example `"public.orders"`: see
   * {@linkcode tableName}.
   */
  readonly table: string;
  /** The table. */
  readonly relation: Relation;
  /**
   * The values of the columns that identify the row, as they were before: those of the
   * primary key, or with `REPLICA IDENTITY USING INDEX` those of that index. `null` if
   * neither is there or known: see {@linkcode Relation.primaryKey}.
   */
  readonly key: Row | null;
  /** The whole row as it was before; `null` unless REPLICA IDENTITY is FULL. */
  readonly oldRow: Row | null;
  /**
   * The row as it is now. A large value that did not change is taken from `oldRow` or
   * `key` if it is there, and is {@linkcode UNCHANGED} if not.
   */
  readonly newRow: Row;
  /** Where the change stands in the WAL. Neither unique nor ever-increasing. */
  readonly lsn: Lsn;
}

/** A row was deleted. */
export interface DeleteEvent extends InTransaction {
  /** Tells it from other events. */
  readonly kind: "delete";
  /**
   * The table's name with its schema, for example `"public.orders"`: see
   * {@linkcode tableName}.
   */
  readonly table: string;
  /** The table. */
  readonly relation: Relation;
  /**
   * The values of the columns that identify the row: those of the primary key, or with
   * `REPLICA IDENTITY USING INDEX` those of that index. `null` if neither is there or
   * known: see {@linkcode Relation.primaryKey}.
   */
  readonly key: Row | null;
  /** The whole row; `null` unless REPLICA IDENTITY is FULL. */
  readonly oldRow: Row | null;
  /** Where the change stands in the WAL. Neither unique nor ever-increasing. */
  readonly lsn: Lsn;
}

/** Tables were emptied, all by one command. */
export interface TruncateEvent extends InTransaction {
  /** Tells it from other events. */
  readonly kind: "truncate";
  /** Always `null`: it concerns no single table. */
  readonly table: null;
  /** The published ones among the tables. */
  readonly relations: readonly Relation[];
  /** Whether the command said CASCADE. */
  readonly cascade: boolean;
  /** Whether the command said RESTART IDENTITY. */
  readonly restartIdentity: boolean;
  /** Where the change stands in the WAL. Neither unique nor ever-increasing. */
  readonly lsn: Lsn;
}

/** A table is described, for the first time or anew since something changed. */
export interface RelationEvent {
  /** Tells it from other events. */
  readonly kind: "relation";
  /**
   * The table's name with its schema, for example `"public.orders"`: see
   * {@linkcode tableName}.
   */
  readonly table: string;
  /** The transaction it belongs to; `null` if it stands before a part of a copy. */
  readonly transaction: TransactionInfo | null;
  /** How many changes came before it in the transaction. */
  readonly index: number;
  /** The table from now on. */
  readonly relation: Relation;
  /**
   * The table until now; `null` if this stream has not described it before, or, on an
   * earlier connection, thousands of tables ago.
   */
  readonly previous: Relation | null;
  /** What is different from `previous`; nothing where that is `null`. */
  readonly changes: readonly RelationChange[];
}

/** Someone called `pg_logical_emit_message`. */
export interface LogicalMessageEvent {
  /** Tells it from other events. */
  readonly kind: "message";
  /** Always `null`: it concerns no single table. */
  readonly table: null;
  /** The transaction it belongs to; `null` for one that was sent at once. */
  readonly transaction: TransactionInfo | null;
  /** Its number among the changes of the transaction, from 0; 0 outside of one. */
  readonly index: number;
  /** The prefix, which tells readers whether the message is for them. */
  readonly prefix: string;
  /** The content: bytes in whatever encoding the sender used. */
  readonly content: Uint8Array;
  /** Where the message ends in the WAL. */
  readonly lsn: Lsn;
}

/**
 * What happened in the database, one event at a time. Tell them apart by `kind`.
 *
 * Those that concern one table have its name as `table`, which is `null` in all others.
 *
 * Events come in transactions, in the order in which these committed: `begin`, changes,
 * `commit`. Only a `message` with `transaction: null` stands between two of them.
 * Transactions without published changes give no events.
 *
 * With the option `twoPhase`, prepared transactions come as `beginPrepare`, changes,
 * `prepare`, and later, between two transactions, `commitPrepared` or
 * `rollbackPrepared`. Without it these four never come.
 *
 * With the option `gaps: "event"`, a `gap` stands where changes are lost. Without it none comes.
 *
 * With the option `snapshot`, the rows of tables that are copied come between two
 * transactions: `snapshotBegin`, then `read` events, a `chunk` behind some of them, at last
 * `snapshotEnd`; also `relation` events with `transaction: null`. Without it none comes.
 */
export type ReplicationEvent =
  | BeginEvent
  | RelationEvent
  | InsertEvent
  | UpdateEvent
  | DeleteEvent
  | TruncateEvent
  | LogicalMessageEvent
  | CommitEvent
  | BeginPrepareEvent
  | PrepareEvent
  | CommitPreparedEvent
  | RollbackPreparedEvent
  | GapEvent
  | SnapshotBeginEvent
  | ReadEvent
  | ChunkEvent
  | SnapshotEndEvent;

/**
 * The events by which what came before is acknowledged: the last of a transaction, or
 * one that stands between two of them. (A `message` within a transaction is none.)
 */
export type AcknowledgeableEvent =
  | CommitEvent
  | LogicalMessageEvent
  | PrepareEvent
  | CommitPreparedEvent
  | RollbackPreparedEvent
  | GapEvent
  | ChunkEvent;
