import type { GapEvent } from "./gap.ts";
import type { Relation } from "./relation.ts";
import type { RelationChange } from "./relation_change.ts";
import type { DeleteEvent, InsertEvent, UpdateEvent } from "./row_event.ts";
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

/**
 * A transaction begins. It has committed already: aborted ones are never sent.
 *
 * @example The time of a transaction
 * ```ts
 * import { type BeginEvent, toDate } from "@walbrook/walbrook";
 *
 * function timeOf(event: BeginEvent): Date {
 *   return toDate(event.transaction.commitTime);
 * }
 * ```
 *
 * @category Events
 */
export interface BeginEvent extends InTransaction {
  /** The kind of the event. */
  readonly kind: "begin";
  /** Always `null`: the event concerns no single table. */
  readonly table: null;
}

/**
 * A transaction is complete: all its changes precede this event.
 *
 * @example The position to store next to the data
 * ```ts
 * import { type CommitEvent, formatLsn } from "@walbrook/walbrook";
 *
 * function positionAfter(event: CommitEvent): string {
 *   return formatLsn(event.endLsn); // "16/B374D848"
 * }
 * ```
 *
 * @category Events
 */
export interface CommitEvent extends InTransaction {
  /** The kind of the event. */
  readonly kind: "commit";
  /** Always `null`: the event concerns no single table. */
  readonly table: null;
  /** The end of its commit record: the position that acknowledges it. */
  readonly endLsn: Lsn;
}

/**
 * One or more tables were emptied by one command.
 *
 * @example The tables to empty elsewhere
 * ```ts
 * import { type TruncateEvent, tableName } from "@walbrook/walbrook";
 *
 * function tablesToEmpty(event: TruncateEvent): string[] {
 *   return event.relations.map(tableName);
 * }
 * ```
 *
 * @category Events
 */
export interface TruncateEvent extends InTransaction {
  /** The kind of the event. */
  readonly kind: "truncate";
  /** Always `null`: the event concerns no single table. */
  readonly table: null;
  /** The published tables among those truncated. */
  readonly relations: readonly Relation[];
  /** Whether the command contained CASCADE. */
  readonly cascade: boolean;
  /** Whether the command contained RESTART IDENTITY. */
  readonly restartIdentity: boolean;
  /** The position of the change in the WAL. Neither unique nor always increasing. */
  readonly lsn: Lsn;
}

/**
 * Describes a table, before its first change and again after its definition has changed.
 *
 * @example Whether a migration changed the table
 * ```ts
 * import type { RelationEvent } from "@walbrook/walbrook";
 *
 * function isMigrated(event: RelationEvent): boolean {
 *   return event.previous !== null && event.changes.length > 0;
 * }
 * ```
 *
 * @category Events
 */
export interface RelationEvent {
  /** The kind of the event. */
  readonly kind: "relation";
  /**
   * The table's name with its schema, for example `"public.orders"`: see
   * {@linkcode tableName}.
   */
  readonly table: string;
  /** The transaction it belongs to; `null` if it precedes a part of a copy. */
  readonly transaction: TransactionInfo | null;
  /** The number of changes before it in the transaction. */
  readonly index: number;
  /** The table as it is from now on. */
  readonly relation: Relation;
  /**
   * The table as it was; `null` if this stream has not described it before, or did so on an
   * earlier connection thousands of tables ago.
   */
  readonly previous: Relation | null;
  /** The differences from `previous`; empty if that is `null`. */
  readonly changes: readonly RelationChange[];
}

/**
 * A program called `pg_logical_emit_message()` on the server.
 *
 * @example The content of a text message
 * ```ts
 * import type { LogicalMessageEvent } from "@walbrook/walbrook";
 *
 * function textOf(event: LogicalMessageEvent): string {
 *   return new TextDecoder().decode(event.content);
 * }
 * ```
 *
 * @category Events
 */
export interface LogicalMessageEvent {
  /** The kind of the event. */
  readonly kind: "message";
  /** Always `null`: the event concerns no single table. */
  readonly table: null;
  /** The transaction it belongs to; `null` for a message outside of transactions. */
  readonly transaction: TransactionInfo | null;
  /** Its index among the changes of the transaction, from 0; 0 outside of one. */
  readonly index: number;
  /** The prefix, by which readers recognize messages that are meant for them. */
  readonly prefix: string;
  /** The content: bytes in the sender's encoding. */
  readonly content: Uint8Array;
  /** The position of the end of the message in the WAL. */
  readonly lsn: Lsn;
}

/**
 * A change in the database, or another event of the stream. Distinguish them by `kind`. For
 * events whose rows have the types of your tables, see `EventOf` of
 * `@walbrook/walbrook/typed`.
 *
 * Events that concern one table have its name as `table`; in all others it is `null`.
 *
 * Events are grouped into transactions, in commit order: `begin`, changes, `commit`. Only a
 * `message` with `transaction: null` occurs between two transactions. Transactions without
 * published changes produce no events.
 *
 * With the option `twoPhase`, prepared transactions are delivered as `beginPrepare`, changes,
 * `prepare`, and later, between two transactions, `commitPrepared` or `rollbackPrepared`.
 * These four kinds occur only with that option.
 *
 * With the option `gaps: "event"`, a `gap` marks the place where changes are lost.
 *
 * With the option `snapshot`, the rows of copied tables are delivered between two
 * transactions: `snapshotBegin`, then `read` events with a `chunk` after every part of them,
 * and finally `snapshotEnd`; also `relation` events with `transaction: null`. These kinds
 * occur only with that option.
 *
 * @example
 * ```ts
 * import { type ReplicationEvent, tableName } from "@walbrook/walbrook";
 *
 * function describe(event: ReplicationEvent): string {
 *   switch (event.kind) {
 *     case "insert":
 *     case "update":
 *       return `${event.kind} ${event.table}: ${Object.keys(event.newRow)}`;
 *     case "delete":
 *       return `delete ${event.table}: ${Object.values(event.key ?? {})}`;
 *     case "truncate":
 *       return `truncate ${event.relations.map(tableName)}`;
 *     default:
 *       return event.kind;
 *   }
 * }
 * console.log(describe.name);
 * ```
 *
 * @category Events
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
 * The events that acknowledge what precedes them: the last event of a transaction, or one
 * between two transactions. (A `message` within a transaction is not one of them.)
 *
 * @category Subscribe
 */
export type AcknowledgeableEvent =
  | CommitEvent
  | LogicalMessageEvent
  | PrepareEvent
  | CommitPreparedEvent
  | RollbackPreparedEvent
  | GapEvent
  | ChunkEvent;
