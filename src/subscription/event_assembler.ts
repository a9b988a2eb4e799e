import { ProtocolError } from "../errors.ts";
import type { ChunkXLogData } from "../replication/copy_both_message.ts";
import { formatLsn } from "../lsn.ts";
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
import type { TypeName } from "../values/type_name.ts";
import type { ValueParser } from "../values/value_parser.ts";
import { relationChanges, sameRelation } from "./relation_change.ts";
import { readRowChange } from "./row_change.ts";
import { type OnBadValue, RowDecoder } from "./row_decoder.ts";
import { outcomeEvent } from "./two_phase_event.ts";

// What is to be known of a transaction before its first event.
interface OpenTransaction
  extends Pick<BeginMessage, "xid" | "finalLsn" | "commitTime"> {
  // There if it is a prepared one.
  readonly gid?: string;
}

/** Options for an {@linkcode EventAssembler}. */
export interface EventAssemblerOptions {
  /** Finds the function for the values of a type. */
  readonly parserFor: ValueParser;
  /** Told of values that could not be parsed and are delivered as text. */
  readonly onBadValue: OnBadValue;
}

/**
 * Turns pgoutput messages into events: looks up the tables, makes rows, numbers the
 * changes of a transaction.
 */
export class EventAssembler {
  readonly #options: EventAssemblerOptions;
  readonly #decoders = new Map<number, RowDecoder>();
  readonly #typeNames = new Map<number, TypeName>();
  #open: OpenTransaction | null = null;
  #origin: string | null = null;
  // Made at the first event, so that empty transactions leave no trace.
  #transaction: TransactionInfo | null = null;
  #index = 0;

  /** @param options How values become JavaScript's. */
  constructor(options: EventAssemblerOptions) {
    this.#options = options;
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
        this.#typeNames.set(message.oid, message);
        return;
      case "insert":
        return this.#insert(message, events);
      case "update":
        return this.#update(message, events);
      case "delete":
        return this.#delete(message, events);
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
    const change = readRowChange(message, this.#decoders);
    if (change === null) return false;
    const { kind, decoder: { relation } } = change;
    const transaction = this.#enter(events, kind);
    const index = this.#index++;
    const lsn = message.walStart;
    switch (kind) {
      case "insert": {
        const { newRow } = change;
        events.push({ kind, transaction, index, relation, newRow, lsn });
        return true;
      }
      case "update": {
        const { key, oldRow, newRow } = change;
        events.push(
          { kind, transaction, index, relation, key, oldRow, newRow, lsn },
        );
        return true;
      }
      case "delete": {
        const { key, oldRow } = change;
        events.push({ kind, transaction, index, relation, key, oldRow, lsn });
        return true;
      }
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

  #relation(message: RelationMessage, events: ReplicationEvent[]): void {
    const { oid, schema, name, replicaIdentity, columns } = message;
    const relation: Relation = { oid, schema, name, replicaIdentity, columns };
    const previous = this.#decoders.get(oid)?.relation ?? null;
    // The server describes tables again for many reasons; most change nothing.
    if (previous !== null && sameRelation(previous, relation)) return;
    const { parserFor, onBadValue } = this.#options;
    const parsers = columns.map(({ typeOid }) =>
      parserFor(typeOid, this.#typeNames.get(typeOid))
    );
    this.#decoders.set(oid, new RowDecoder(relation, parsers, onBadValue));
    const transaction = this.#enter(events, "Relation");
    // Not counted: which transaction describes a table first differs by connection.
    const index = this.#index;
    const changes = previous === null
      ? []
      : relationChanges(previous, relation);
    events.push({
      kind: "relation",
      transaction,
      index,
      relation,
      previous,
      changes,
    });
  }

  #insert(message: InsertMessage, events: ReplicationEvent[]): void {
    const decoder = this.#decoder(message.relationOid, "Insert");
    const transaction = this.#enter(events, "Insert");
    events.push({
      kind: "insert",
      transaction,
      index: this.#index++,
      relation: decoder.relation,
      newRow: decoder.row(message.newTuple, null),
      lsn: message.walStart,
    });
  }

  #update(message: UpdateMessage, events: ReplicationEvent[]): void {
    const decoder = this.#decoder(message.relationOid, "Update");
    const transaction = this.#enter(events, "Update");
    const { keyTuple, oldTuple, newTuple } = message;
    events.push({
      kind: "update",
      transaction,
      index: this.#index++,
      relation: decoder.relation,
      // Where the server sends neither, the key has not changed.
      key: decoder.key(keyTuple ?? newTuple),
      oldRow: oldTuple === null ? null : decoder.row(oldTuple, null),
      newRow: decoder.row(newTuple, oldTuple ?? keyTuple),
      lsn: message.walStart,
    });
  }

  #delete(message: DeleteMessage, events: ReplicationEvent[]): void {
    const decoder = this.#decoder(message.relationOid, "Delete");
    const transaction = this.#enter(events, "Delete");
    const { keyTuple, oldTuple } = message;
    events.push({
      kind: "delete",
      transaction,
      index: this.#index++,
      relation: decoder.relation,
      key: keyTuple === null ? null : decoder.key(keyTuple),
      oldRow: oldTuple === null ? null : decoder.row(oldTuple, null),
      lsn: message.walStart,
    });
  }

  #truncate(message: TruncateMessage, events: ReplicationEvent[]): void {
    const relations = message.relationOids.map((oid) =>
      this.#decoder(oid, "Truncate").relation
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
    const transaction: TransactionInfo = {
      xid,
      commitLsn,
      commitTime,
      origin: this.#origin,
      ...(gid === undefined ? {} : { gid }),
    };
    const kind = gid === undefined ? "begin" : "beginPrepare";
    events.push({ kind, transaction, index: this.#index });
    this.#transaction = transaction;
    return transaction;
  }

  #decoder(oid: number, what: string): RowDecoder {
    const decoder = this.#decoders.get(oid);
    if (decoder !== undefined) return decoder;
    throw new ProtocolError(
      `Cannot read ${what}: relation ${oid} has not been described`,
    );
  }
}
