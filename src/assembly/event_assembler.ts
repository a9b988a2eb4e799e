import { ProtocolError } from "../errors.ts";
import { formatLsn, INVALID_LSN, type Lsn } from "../lsn.ts";
import type { RelationMessage } from "../pgoutput/message.ts";
import type { ChunkXLogData } from "../replication/copy_both_message.ts";
import { StaleTypeError } from "../values/codec/stale_type_error.ts";
import type {
  DescribedAt,
  FoundTable,
  RelationCatalog,
} from "../catalog/relation_catalog.ts";
import type { Relation } from "../events/relation.ts";
import { tableName } from "../events/table_name.ts";
import type { ReplicationEvent } from "../events/event.ts";
import type { TransactionInfo } from "../events/transaction_info.ts";
import type { RelationChange } from "../events/relation_change.ts";
import {
  type Described,
  RelationDecoders,
  type RelationDecodersOptions,
} from "../rows/relation_decoders.ts";
import type { BadValue } from "../rows/row_decoder.ts";
import type { Warn } from "../warning.ts";
import { readRowChange, type RowChange } from "../rows/read_row_change.ts";

/** What is to be known of a transaction before its first event. */
export type OpenTransaction = Omit<TransactionInfo, "origin">;

// What the manual calls the messages.
const NAMES = { insert: "Insert", update: "Update", delete: "Delete" } as const;

/** Options for an {@linkcode EventAssembler}. */
export interface EventAssemblerOptions extends RelationDecodersOptions {
  /** Tells of tables what the stream does not; `null` where it is not to be asked. */
  readonly catalog?: Promise<RelationCatalog> | null;
  /** Receives warnings. */
  readonly warn?: Warn;
}

/**
 * Makes the events of an ordinary stream: looks up the tables, numbers the changes of a
 * transaction. All other messages take a {@linkcode MessageAssembler}, which works with
 * this.
 */
export class EventAssembler {
  /** The tables that were described. */
  readonly decoders: RelationDecoders;
  readonly #options: EventAssemblerOptions;
  #open: OpenTransaction | null = null;
  #origin: string | null = null;
  // Made at the first event, so that empty transactions leave no trace.
  #transaction: TransactionInfo | null = null;
  #index = 0;
  // Where the last transaction of this connection ends.
  #lastEnd = INVALID_LSN;
  // The values of the present row that could not be parsed. It is read once more where a
  // type has to be looked up first.
  #bad: BadValue[] = [];

  /** @param options How values become JavaScript's. */
  constructor(options: EventAssemblerOptions) {
    this.#options = options;
    this.decoders = new RelationDecoders({
      types: options.types,
      onBadValue: (value) => void this.#bad.push(value),
    });
  }

  /** The transaction that has begun and whose commit has not come yet. */
  get open(): OpenTransaction | null {
    return this.#open;
  }

  /**
   * Begins a new connection: what the one before left unfinished is forgotten. The tables
   * are not, so that only those are described again which have changed.
   */
  resume(): void {
    this.#open = null;
    this.#transaction = null;
    this.#lastEnd = INVALID_LSN;
    this.decoders.resume();
    void this.#options.catalog?.then((catalog) => catalog.resume());
  }

  /**
   * Takes the next message where it lies, if it is one of those that come by the million.
   *
   * @param message The message.
   * @param events Gets what it makes appended: nothing, one event, or `begin` and one.
   * @returns Whether it was taken; if not, nothing has happened: it is another message,
   * it is broken, or a type has to be looked up again.
   * @throws {ProtocolError} If it comes outside of a transaction.
   */
  pushView(message: ChunkXLogData, events: ReplicationEvent[]): boolean {
    this.beginRow();
    const change = this.#readView(message);
    if (change === null) return false;
    this.pushChange(change, message.walStart, events);
    return true;
  }

  #readView(message: ChunkXLogData): RowChange | null {
    try {
      return readRowChange(message, this.decoders.byOid);
    } catch (error) {
      const isLeft = error instanceof ProtocolError ||
        error instanceof StaleTypeError;
      if (isLeft) return null;
      throw error;
    }
  }

  /** A row is about to be read, for the first time or once more. */
  beginRow(): void {
    // To set the length takes longer than all else here.
    if (this.#bad.length > 0) this.#bad = [];
  }

  /**
   * Begins a transaction.
   *
   * @throws {ProtocolError} If it commits before the end of the one that came before it.
   */
  begin(opened: OpenTransaction): void {
    const { xid, commitLsn, gid } = opened;
    // One that was prepared before TWO_PHASE was on comes when it is committed.
    if (commitLsn < this.#lastEnd && gid === undefined) {
      throw new ProtocolError(
        `Cannot begin transaction ${xid}: it commits at ${
          formatLsn(commitLsn)
        }, before the end of the one that came before it at ${
          formatLsn(this.#lastEnd)
        }`,
      );
    }
    this.#open = opened;
    this.#origin = null;
    this.#transaction = null;
    this.#index = 0;
  }

  /** Notes from which server a transaction comes, which it tells before its changes. */
  setOrigin(name: string): void {
    this.#origin = name;
  }

  /**
   * Ends the transaction that is open.
   *
   * @throws {ProtocolError} If its record ends before it begins.
   */
  end(
    { kind, endLsn }: {
      readonly kind: "commit" | "prepare";
      readonly endLsn: Lsn;
    },
    events: ReplicationEvent[],
  ): void {
    const transaction = this.#transaction;
    const { commitLsn } = this.#open!;
    if (endLsn <= commitLsn) {
      throw new ProtocolError(
        `Cannot ${kind} at ${formatLsn(commitLsn)}: the record ends at ${
          formatLsn(endLsn)
        }`,
      );
    }
    if (kind === "commit") this.#lastEnd = endLsn;
    if (transaction !== null) {
      const index = this.#index;
      events.push({ kind, table: null, transaction, index, endLsn });
    }
    this.#open = null;
    this.#transaction = null;
  }

  /** Makes the event of a change, and tells what is wrong with its values. */
  pushChange(change: RowChange, lsn: Lsn, events: ReplicationEvent[]): void {
    if (this.#bad.length > 0) this.reportBadValues();
    const { kind, decoder: { relation, table } } = change;
    const transaction = this.#transaction ?? this.enter(events, NAMES[kind]);
    const index = this.takeIndex();
    switch (kind) {
      case "insert": {
        const { key, newRow } = change;
        events.push(
          { kind, table, transaction, index, relation, key, newRow, lsn },
        );
        return;
      }
      case "update": {
        const { key, oldRow, newRow } = change;
        events.push(
          {
            kind,
            table,
            transaction,
            index,
            relation,
            key,
            oldRow,
            newRow,
            lsn,
          },
        );
        return;
      }
      case "delete": {
        const { key, oldRow } = change;
        events.push(
          { kind, table, transaction, index, relation, key, oldRow, lsn },
        );
        return;
      }
    }
  }

  /** Tells what is wrong with the values of the row that was read last. */
  reportBadValues(): void {
    for (const value of this.#bad) this.#options.onBadValue(value);
  }

  /**
   * Takes the description of a table.
   *
   * @param message The description.
   * @param events Gets an event appended, if it is news.
   * @param at Where it stands, if that is between two transactions.
   * @returns A promise where something has to be looked up first: no other message may be
   * pushed until then.
   * @throws {ProtocolError} If no transaction has begun.
   */
  relation(
    message: RelationMessage,
    events: ReplicationEvent[],
    at: DescribedAt | null = this.#open,
  ): void | Promise<void> {
    const { catalog = null } = this.#options;
    if (at === null) throw outside("Relation");
    if (catalog === null) return this.#describe(message, null, events);
    return catalog.then((catalog) => catalog.find(message, at))
      .then((found) => this.#describe(message, found, events));
  }

  #describe(
    message: RelationMessage,
    found: FoundTable | null,
    events: ReplicationEvent[],
  ): void | Promise<void> {
    const primaryKey = found?.facts ? found.primaryKey : markedKey(message);
    const described = this.decoders.describe(message, primaryKey);
    if (described instanceof Promise) {
      return described.then((described) =>
        this.#report(described, found, events)
      );
    }
    return this.#report(described, found, events);
  }

  #report(
    described: Described,
    found: FoundTable | null,
    events: ReplicationEvent[],
  ): void | Promise<void> {
    const { relation, previous } = described;
    if (relation === previous && found?.isReplaced !== true) return;
    const { warn } = this.#options;
    if (previous !== null || (warn !== undefined && !hasKey(relation))) {
      return this.#reportMore(described, found, events);
    }
    this.#pushRelation(described, [], events);
  }

  // Most tables have a key, and stay as they are for as long as they are followed.
  async #reportMore(
    described: Described,
    found: FoundTable | null,
    events: ReplicationEvent[],
  ): Promise<void> {
    const { keyWarning, relationChanges } = await import(
      "./relation_report.ts"
    );
    const { relation, previous } = described;
    if (!hasKey(relation)) this.#options.warn?.(keyWarning(relation, found));
    const changes = previous === null
      ? []
      : relationChanges(previous, relation, found?.both ?? null);
    this.#pushRelation(described, changes, events);
  }

  #pushRelation(
    { relation, previous }: Described,
    changes: readonly RelationChange[],
    events: ReplicationEvent[],
  ): void {
    const transaction = this.#open && this.enter(events, "Relation");
    // Not counted: which transaction describes a table first differs by connection.
    const index = transaction === null ? 0 : this.#index;
    const place = { transaction, index };
    const table = tableName(relation);
    events.push(
      { kind: "relation", table, ...place, relation, previous, changes },
    );
  }

  /** Numbers the next change of the transaction. */
  takeIndex(): number {
    return this.#index++;
  }

  /**
   * The transaction that a change belongs to; announces it before its first change.
   *
   * @param events Gets that appended.
   * @param what The message, for the error.
   * @throws {ProtocolError} If no transaction has begun.
   */
  enter(events: ReplicationEvent[], what: string): TransactionInfo {
    if (this.#transaction !== null) return this.#transaction;
    if (this.#open === null) throw outside(what);
    const { xid, commitLsn, commitTime, gid } = this.#open;
    const origin = this.#origin;
    // A literal takes a fraction of the time that it takes to spread an object.
    const transaction = gid === undefined
      ? { xid, commitLsn, commitTime, origin }
      : { xid, commitLsn, commitTime, gid, origin };
    const kind = gid === undefined ? "begin" : "beginPrepare";
    events.push({ kind, table: null, transaction, index: this.#index });
    this.#transaction = transaction;
    return transaction;
  }
}

function outside(what: string): ProtocolError {
  return new ProtocolError(`Cannot place ${what}: no transaction has begun`);
}

// The primary key, where the stream itself marks it.
function markedKey(
  { replicaIdentity, columns }: RelationMessage,
): Relation["primaryKey"] {
  if (replicaIdentity !== "default") return null;
  const names = columns.flatMap(({ isKey, name }) => isKey ? [name] : []);
  return names.length > 0 ? names : null;
}

// Whether events of the table have a key.
function hasKey({ replicaIdentity, primaryKey }: Relation): boolean {
  return replicaIdentity === "index" || primaryKey !== null;
}
