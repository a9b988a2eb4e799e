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
import { tableName } from "../events/table_name.ts";
import type { BeginEvent, ReplicationEvent } from "../events/event.ts";
import type { BeginPrepareEvent } from "../events/two_phase_event.ts";
import {
  after,
  type Decoded,
  type DecodedStep,
  type TransactionBegun,
} from "./change_decoder.ts";
import type { TransactionInfo } from "../events/transaction_info.ts";
import type { RelationChange } from "../events/relation_change.ts";
import {
  type Described,
  RelationDecoders,
  type RelationDecodersOptions,
} from "../rows/relation_decoders.ts";
import type { BadValue } from "../rows/row_decoder.ts";
import type { Warn } from "../warning.ts";
import type { RowChange } from "../rows/row_change.ts";
import { readRowChange } from "../pgoutput/read_row_change.ts";
import { hasKey, markedKey } from "./table_key.ts";

/** The properties of a transaction that are known before its first event. */
export type OpenTransaction = Omit<TransactionInfo, "origin">;

// The manual's names of the messages.
const NAMES = { insert: "Insert", update: "Update", delete: "Delete" } as const;

/** Options for an {@linkcode EventAssembler}. */
export interface EventAssemblerOptions extends RelationDecodersOptions {
  /** Describes tables beyond what the stream contains; `null` to skip lookups. */
  readonly catalog?: RelationCatalog | null;
  /** Called with warnings. */
  readonly warn?: Warn;
}

/**
 * Creates the events of an ordinary stream: looks up the tables, and numbers the changes of a
 * transaction. All other messages require a {@linkcode MessageAssembler}, which uses this
 * class.
 */
export class EventAssembler {
  /** The described tables. */
  readonly decoders: RelationDecoders;
  readonly #options: EventAssemblerOptions;
  #open: OpenTransaction | null = null;
  #origin: string | null = null;
  // Created at the first event, so that empty transactions leave no trace.
  #transaction: TransactionInfo | null = null;
  #index = 0;
  // The end of the last transaction of this connection.
  #lastEnd = INVALID_LSN;
  // The values of the current row that could not be parsed. The row is decoded again if a
  // type must be looked up first.
  #bad: BadValue[] = [];

  /** @param options How values are decoded. */
  constructor(options: EventAssemblerOptions) {
    this.#options = options;
    this.decoders = new RelationDecoders({
      types: options.types,
      onBadValue: (value) => void this.#bad.push(value),
    });
  }

  /** The transaction that has begun and whose commit has not arrived yet. */
  get open(): OpenTransaction | null {
    return this.#open;
  }

  /**
   * Starts a new connection: what the previous one left unfinished is discarded. The tables
   * are kept, so that only changed tables are described again.
   */
  resume(): void {
    this.#open = null;
    this.#transaction = null;
    this.#lastEnd = INVALID_LSN;
    this.decoders.resume();
    this.#options.catalog?.resume();
  }

  /**
   * Decodes an Insert, Update or Delete in place.
   *
   * @param message The message.
   * @returns The change, after `begin` if it is the first of its transaction. `undefined` if
   * the message is malformed or a type must be looked up again; then nothing has changed.
   * @throws {ProtocolError} If it is outside of a transaction.
   */
  rowChange(message: ChunkXLogData): Decoded | undefined {
    this.beginRow();
    const change = this.#readInPlace(message);
    return change === null ? undefined : this.change(change, message.walStart);
  }

  #readInPlace(message: ChunkXLogData): RowChange | null {
    try {
      return readRowChange(message, this.decoders.byOid);
    } catch (error) {
      const isLeft = error instanceof ProtocolError ||
        error instanceof StaleTypeError;
      if (isLeft) return null;
      throw error;
    }
  }

  /** Prepares for decoding a row, for the first time or again. */
  beginRow(): void {
    // Setting the length takes longer than everything else here.
    if (this.#bad.length > 0) this.#bad = [];
  }

  /**
   * Begins a transaction.
   *
   * @returns The step for the beginning; the event comes with the first change.
   * @throws {ProtocolError} If it commits before the end of the previous one.
   */
  begin(opened: OpenTransaction): TransactionBegun {
    const { xid, commitLsn, commitTime, gid } = opened;
    // A transaction prepared before TWO_PHASE was enabled is sent when it is committed.
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
    return { kind: "transactionBegun", commitLsn, commitTime };
  }

  /** Records the origin of a transaction, which is sent before its changes. */
  setOrigin(name: string): void {
    this.#origin = name;
  }

  /**
   * Ends the open transaction.
   *
   * @throws {ProtocolError} If its record ends before it begins.
   */
  end(
    { kind, endLsn }: {
      readonly kind: "commit" | "prepare";
      readonly endLsn: Lsn;
    },
  ): DecodedStep {
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
    this.#open = null;
    this.#transaction = null;
    return transaction === null
      ? { kind: "emptyTransaction", endLsn }
      : { kind, table: null, transaction, index: this.#index, endLsn };
  }

  /** Creates the event for a change, and reports the values that could not be parsed. */
  change(change: RowChange, lsn: Lsn): Decoded {
    if (this.#bad.length > 0) this.reportBadValues();
    const begin = this.#transaction === null
      ? this.announce(NAMES[change.kind])
      : null;
    return after(begin, this.#changeEvent(change, this.transaction, lsn));
  }

  #changeEvent(
    change: RowChange,
    transaction: TransactionInfo,
    lsn: Lsn,
  ): ReplicationEvent {
    const { kind, decoder: { relation, table } } = change;
    const index = this.takeIndex();
    switch (kind) {
      case "insert": {
        const { key, newRow } = change;
        return { kind, table, transaction, index, relation, key, newRow, lsn };
      }
      case "update": {
        const { key, oldRow, newRow } = change;
        return {
          kind,
          table,
          transaction,
          index,
          relation,
          key,
          oldRow,
          newRow,
          lsn,
        };
      }
      case "delete": {
        const { key, oldRow } = change;
        return { kind, table, transaction, index, relation, key, oldRow, lsn };
      }
    }
  }

  /** Reports the values of the last row that could not be parsed. */
  reportBadValues(): void {
    for (const value of this.#bad) this.#options.onBadValue(value);
  }

  /**
   * Processes the description of a table.
   *
   * @param message The description.
   * @param at Its place, if it is between two transactions.
   * @returns Its event, unless the table is unchanged. A promise if something must be looked
   * up first; no other message may be pushed until it settles.
   * @throws {ProtocolError} If no transaction has begun.
   */
  relation(
    message: RelationMessage,
    at: DescribedAt | null = this.#open,
  ): Decoded | Promise<Decoded> {
    const { catalog = null } = this.#options;
    if (at === null) throw outside("Relation");
    if (catalog === null) return this.#describe(message, null);
    return catalog.find(message, at)
      .then((found) => this.#describe(message, found));
  }

  #describe(
    message: RelationMessage,
    found: FoundTable | null,
  ): Decoded | Promise<Decoded> {
    const primaryKey = found?.facts ? found.primaryKey : markedKey(message);
    const described = this.decoders.describe(message, primaryKey);
    if (described instanceof Promise) {
      return described.then((described) => this.#report(described, found));
    }
    return this.#report(described, found);
  }

  #report(
    described: Described,
    found: FoundTable | null,
  ): Decoded | Promise<Decoded> {
    const { relation, previous } = described;
    if (relation === previous && found?.isReplaced !== true) return null;
    const { warn } = this.#options;
    if (previous !== null || (warn !== undefined && !hasKey(relation))) {
      return this.#reportMore(described, found);
    }
    return this.#relationEvent(described, []);
  }

  // Most tables have a key, and don't change as long as they are followed.
  async #reportMore(
    described: Described,
    found: FoundTable | null,
  ): Promise<Decoded> {
    const { keyWarning, relationChanges } = await import(
      "./relation_report.ts"
    );
    const { relation, previous } = described;
    if (!hasKey(relation)) this.#options.warn?.(keyWarning(relation, found));
    const changes = previous === null
      ? []
      : relationChanges(previous, relation, found?.both ?? null);
    return this.#relationEvent(described, changes);
  }

  #relationEvent(
    { relation, previous }: Described,
    changes: readonly RelationChange[],
  ): Decoded {
    const isBetween = this.#open === null;
    const begin = isBetween ? null : this.announce("Relation");
    const transaction = isBetween ? null : this.transaction;
    const table = tableName(relation);
    // Not counted: which transaction describes a table first differs between connections.
    const index = isBetween ? 0 : this.#index;
    return after(
      begin,
      {
        kind: "relation",
        table,
        transaction,
        index,
        relation,
        previous,
        changes,
      },
    );
  }

  /** Returns the number of the transaction's next change. */
  takeIndex(): number {
    return this.#index++;
  }

  /**
   * Announces the open transaction, unless that is done already.
   *
   * @param what The message, for the error.
   * @returns The event that begins it; `null` if it was announced before.
   * @throws {ProtocolError} If no transaction has begun.
   */
  announce(what: string): BeginEvent | BeginPrepareEvent | null {
    if (this.#transaction !== null) return null;
    if (this.#open === null) throw outside(what);
    const { xid, commitLsn, commitTime, gid } = this.#open;
    const origin = this.#origin;
    const index = this.#index;
    if (gid === undefined) {
      const transaction = { xid, commitLsn, commitTime, origin };
      this.#transaction = transaction;
      return { kind: "begin", table: null, transaction, index };
    }
    const transaction = { xid, commitLsn, commitTime, gid, origin };
    this.#transaction = transaction;
    return { kind: "beginPrepare", table: null, transaction, index };
  }

  /** The transaction that was announced and has not ended. */
  get transaction(): TransactionInfo {
    return this.#transaction!;
  }
}

function outside(what: string): ProtocolError {
  return new ProtocolError(`Cannot place ${what}: no transaction has begun`);
}
