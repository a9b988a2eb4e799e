import { ProtocolError } from "../errors.ts";
import type { ChunkXLogData } from "../replication/copy_both_message.ts";
import { formatLsn, type Lsn } from "../lsn.ts";
import type {
  BeginMessage,
  BeginPrepareMessage,
  CommitMessage,
  DeleteMessage,
  InsertMessage,
  LogicalMessage,
  PgoutputMessage,
  RelationMessage,
  TruncateMessage,
  UpdateMessage,
} from "../pgoutput/message.ts";
import type { Relation, ReplicationEvent, TransactionInfo } from "./event.ts";
import { StaleTypeError } from "../values/stale_type_error.ts";
import type { LookUpAttributes } from "./column_numbers.ts";
import type { RelationChange } from "./relation_change.ts";
import {
  type Described,
  RelationDecoders,
  type RelationDecodersOptions,
} from "./relation_decoders.ts";
import { readRowChange, type RowChange, rowChangeOf } from "./row_change.ts";
import { outcomeEvent } from "./two_phase_event.ts";

// What is to be known of a transaction before its first event.
interface OpenTransaction
  extends Pick<BeginMessage, "xid" | "finalLsn" | "commitTime"> {
  // There if it is a prepared one.
  readonly gid?: string;
}

// What the manual calls the messages.
const NAMES = { insert: "Insert", update: "Update", delete: "Delete" } as const;

/** Options for an {@linkcode EventAssembler}. */
export interface EventAssemblerOptions extends RelationDecodersOptions {
  /** Tells a column's new name from a new column; `null` for not to ask. */
  readonly lookUpAttributes?: LookUpAttributes | null;
}

/**
 * Turns pgoutput messages into events: looks up the tables, makes rows, numbers the
 * changes of a transaction.
 */
export class EventAssembler {
  readonly #options: EventAssemblerOptions;
  readonly #decoders: RelationDecoders;
  #open: OpenTransaction | null = null;
  #origin: string | null = null;
  // Made at the first event, so that empty transactions leave no trace.
  #transaction: TransactionInfo | null = null;
  #index = 0;

  /** @param options How values become JavaScript's. */
  constructor(options: EventAssemblerOptions) {
    this.#options = options;
    this.#decoders = new RelationDecoders(options);
  }

  /** Whether a transaction has begun whose commit has not come yet. */
  get inTransaction(): boolean {
    return this.#open !== null;
  }

  /**
   * Begins a new connection: what the one before left unfinished is forgotten. The tables
   * are not, so that only those are described again which have changed.
   */
  resume(): void {
    this.#open = null;
    this.#transaction = null;
    this.#options.types.resume();
  }

  /**
   * Takes the next message.
   *
   * @param message The message.
   * @param events Gets what it makes appended: nothing, one event, or `begin` and one.
   * @returns A promise where a type has to be looked up first: no other message may be
   * pushed until then.
   * @throws {ProtocolError} If the message does not fit to those before it.
   */
  push(
    message: PgoutputMessage,
    events: ReplicationEvent[],
  ): void | Promise<void> {
    try {
      return this.#take(message, events);
    } catch (error) {
      if (!(error instanceof StaleTypeError)) throw error;
      return this.#decoders.refresh(error).then(() =>
        this.push(message, events)
      );
    }
  }

  #take(
    message: PgoutputMessage,
    events: ReplicationEvent[],
  ): void | Promise<void> {
    switch (message.kind) {
      case "begin":
        return this.#begin(message);
      case "commit":
        return this.#end(message, events);
      case "origin":
        this.#origin = message.name;
        return;
      case "relation":
        return this.#relation(message, events);
      case "type":
        this.#options.types.name(message.oid, message);
        return;
      case "insert":
      case "update":
      case "delete":
        return this.#rowChange(message, events);
      case "truncate":
        return this.#truncate(message, events);
      case "message":
        return this.#message(message, events);
      case "beginPrepare":
        return this.#beginPrepare(message);
      case "prepare":
        // One without changes comes too, since its outcome will.
        this.#enter(events, "Prepare");
        return this.#end({ ...message, commitLsn: message.prepareLsn }, events);
      case "commitPrepared":
      case "rollbackPrepared":
        events.push(outcomeEvent(message));
        return;
      case "streamStart":
      case "streamStop":
      case "streamCommit":
      case "streamAbort":
      case "streamPrepare":
        throw new ProtocolError(
          `Cannot deliver ${message.kind}: streaming of transactions that have not ended was not asked for`,
        );
    }
  }

  /**
   * Takes the next message where it lies, if it is one of those that come by the million.
   *
   * @param message The message.
   * @param events Gets what it makes appended, the same as by {@linkcode push}.
   * @returns Whether it was taken; if not, nothing has happened.
   */
  pushView(message: ChunkXLogData, events: ReplicationEvent[]): boolean {
    const change = this.#readRowChange(message);
    if (change === null) return false;
    this.#pushChange(change, message.walStart, events);
    return true;
  }

  #rowChange(
    message: InsertMessage | UpdateMessage | DeleteMessage,
    events: ReplicationEvent[],
  ): void {
    const what = NAMES[message.kind];
    const change = rowChangeOf(
      message,
      this.#decoders.find(message.relationOid, what),
    );
    this.#pushChange(change, message.walStart, events);
  }

  #pushChange(change: RowChange, lsn: Lsn, events: ReplicationEvent[]): void {
    const { kind, decoder: { relation } } = change;
    const transaction = this.#enter(events, NAMES[kind]);
    const index = this.#index++;
    switch (kind) {
      case "insert": {
        const { newRow } = change;
        events.push({ kind, transaction, index, relation, newRow, lsn });
        return;
      }
      case "update": {
        const { key, oldRow, newRow } = change;
        events.push(
          { kind, transaction, index, relation, key, oldRow, newRow, lsn },
        );
        return;
      }
      case "delete": {
        const { key, oldRow } = change;
        events.push({ kind, transaction, index, relation, key, oldRow, lsn });
        return;
      }
    }
  }

  #readRowChange(message: ChunkXLogData): RowChange | null {
    try {
      return readRowChange(message, this.#decoders.byOid);
    } catch (error) {
      // What has to wait for the catalog is not for this way.
      if (error instanceof StaleTypeError) return null;
      throw error;
    }
  }

  #beginPrepare({ xid, prepareLsn, prepareTime, gid }: BeginPrepareMessage) {
    this.#begin({ xid, finalLsn: prepareLsn, commitTime: prepareTime, gid });
  }

  #begin(opened: OpenTransaction): void {
    if (this.#open !== null) {
      throw new ProtocolError(
        `Cannot begin transaction ${opened.xid}: transaction ${this.#open.xid} has not committed`,
      );
    }
    this.#open = opened;
    this.#origin = null;
    this.#transaction = null;
    this.#index = 0;
  }

  #end(
    { kind, commitLsn, endLsn }: Pick<CommitMessage, "commitLsn" | "endLsn"> & {
      readonly kind: "commit" | "prepare";
    },
    events: ReplicationEvent[],
  ): void {
    const open = this.#open;
    if (open === null || open.finalLsn !== commitLsn) {
      throw new ProtocolError(
        `Cannot ${kind} at ${formatLsn(commitLsn)}: ${
          open === null
            ? "no transaction has begun"
            : `the one that has begun commits at ${formatLsn(open.finalLsn)}`
        }`,
      );
    }
    if (this.#transaction !== null) {
      const transaction = this.#transaction;
      events.push({ kind, transaction, index: this.#index, endLsn });
    }
    this.#open = null;
    this.#transaction = null;
  }

  #relation(
    message: RelationMessage,
    events: ReplicationEvent[],
  ): void | Promise<void> {
    const described = this.#decoders.describe(message);
    if (described instanceof Promise) {
      return described.then((found) => this.#describe(found, events));
    }
    return this.#describe(described, events);
  }

  #describe(
    described: Described,
    events: ReplicationEvent[],
  ): void | Promise<void> {
    const { relation, previous } = described;
    if (relation === previous) return;
    if (previous === null) return this.#pushRelation(described, [], events);
    return this.#findChanges(previous, relation).then((changes) =>
      this.#pushRelation(described, changes, events)
    );
  }

  // Most tables stay as they are for as long as they are followed.
  async #findChanges(
    previous: Relation,
    relation: Relation,
  ): Promise<readonly RelationChange[]> {
    const { findChanges } = await import("./relation_change.ts");
    const { lookUpAttributes = null } = this.#options;
    return await findChanges(previous, relation, lookUpAttributes);
  }

  #pushRelation(
    { relation, previous }: Described,
    changes: readonly RelationChange[],
    events: ReplicationEvent[],
  ): void {
    const transaction = this.#enter(events, "Relation");
    // Not counted: which transaction describes a table first differs by connection.
    const place = { transaction, index: this.#index };
    events.push({ kind: "relation", ...place, relation, previous, changes });
  }

  #truncate(message: TruncateMessage, events: ReplicationEvent[]): void {
    const relations = message.relationOids.map((oid) =>
      this.#decoders.find(oid, "Truncate").relation
    );
    const transaction = this.#enter(events, "Truncate");
    events.push({
      kind: "truncate",
      transaction,
      index: this.#index++,
      relations,
      cascade: message.cascade,
      restartIdentity: message.restartIdentity,
      lsn: message.walStart,
    });
  }

  #message(message: LogicalMessage, events: ReplicationEvent[]): void {
    // One that is not transactional comes at once, even between Begin and Commit of
    // a transaction that has nothing to do with it.
    const transaction = message.transactional
      ? this.#enter(events, "Message")
      : null;
    events.push({
      kind: "message",
      transaction,
      index: transaction === null ? 0 : this.#index++,
      prefix: message.prefix,
      // A copy: the content would otherwise keep the whole chunk alive.
      content: message.content.slice(),
      lsn: message.lsn,
    });
  }

  // The transaction that a change belongs to; announces it before its first change.
  #enter(events: ReplicationEvent[], what: string): TransactionInfo {
    if (this.#transaction !== null) return this.#transaction;
    const open = this.#open;
    if (open === null) {
      throw new ProtocolError(
        `Cannot place ${what}: no transaction has begun`,
      );
    }
    const { xid, finalLsn: commitLsn, commitTime, gid } = open;
    const info = { xid, commitLsn, commitTime, origin: this.#origin };
    const transaction: TransactionInfo = gid === undefined
      ? info
      : { ...info, gid };
    const kind = gid === undefined ? "begin" : "beginPrepare";
    events.push({ kind, transaction, index: this.#index });
    this.#transaction = transaction;
    return transaction;
  }
}
