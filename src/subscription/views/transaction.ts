import type { Lsn } from "../../lsn.ts";
import type {
  AcknowledgeableEvent,
  CommitEvent,
  ReplicationEvent,
} from "../../events/event.ts";
import type { TransactionInfo } from "../../events/transaction_info.ts";
import { eventSize } from "./event_size.ts";
import { gapEnd } from "../../events/gap.ts";
import type { ChunkEvent } from "../../events/snapshot_event.ts";
import type { PrepareEvent } from "../../events/two_phase_event.ts";

/**
 * A change or a standalone event, as {@linkcode WholeTransaction.changes} contains them:
 * every event except `begin`, `commit`, `beginPrepare`, `prepare` and `chunk`.
 *
 * @typeParam Event The events: `EventOf<Tables>` if the program knows its tables.
 *
 * @category Events
 */
export type ChangeEvent<Event = ReplicationEvent> = Exclude<
  Event,
  { readonly kind: "begin" | "commit" | "beginPrepare" | "prepare" | "chunk" }
>;

/**
 * A whole transaction, or an event outside of transactions: a message, the outcome of a
 * prepared transaction, a gap, or a chunk of a copy.
 * {@linkcode Subscription.transactions} delivers it.
 *
 * @typeParam Event The events: `EventOf<Tables>` if the program knows its tables.
 *
 * @example The tables that a transaction changed
 * ```ts
 * import { isRowChange, type WholeTransaction } from "@walbrook/walbrook";
 *
 * function tablesOf({ changes }: WholeTransaction): Set<string> {
 *   return new Set(changes.filter(isRowChange).map(({ table }) => table));
 * }
 * console.log(tablesOf.name);
 * ```
 *
 * @category Events
 */
export interface WholeTransaction<Event = ReplicationEvent> {
  /** Its id, origin, commit position and time; `null` outside of transactions. */
  readonly transaction: TransactionInfo | null;
  /** The chunk, if it is one: its changes are the rows and the description of their table. */
  readonly chunk: ChunkEvent | null;
  /**
   * In order: the changes of the transaction, the rows of the chunk, or the event itself if
   * it occurred alone.
   */
  readonly changes: readonly ChangeEvent<Event>[];
  /** The end position, which acknowledges it. */
  readonly endLsn: Lsn;
  /**
   * Marks it as processed, like {@linkcode Subscription.acknowledge}.
   *
   * @throws {TypeError} If the subscription does not have `acknowledge: "manual"`.
   */
  acknowledge(): void;
}

/**
 * Options for {@linkcode Subscription.transactions}.
 *
 * @category Options
 */
export interface TransactionsOptions {
  /**
   * The maximum number of changes of one transaction to hold in memory. A larger transaction
   * ends the stream with a `RangeError`, unacknowledged.
   *
   * @default {100_000}
   */
  readonly maxChanges?: number;
  /**
   * The approximate maximum size of one transaction's values in memory, in bytes. A larger
   * transaction ends the stream in the same way.
   *
   * @default {268_435_456} 256 MiB
   */
  readonly maxBytes?: number;
}

/** Gathers events into transactions. */
export class TransactionAssembler {
  readonly #maxChanges: number;
  readonly #maxBytes: number;
  readonly #acknowledge: (event: AcknowledgeableEvent) => void;
  #changes: ChangeEvent[] = [];
  #bytes = 0;

  /**
   * @param options The limits.
   * @param acknowledge Marks a transaction as processed, by its last event.
   */
  constructor(
    { maxChanges = 100_000, maxBytes = 2 ** 28 }: TransactionsOptions,
    acknowledge: (event: AcknowledgeableEvent) => void,
  ) {
    this.#maxChanges = maxChanges;
    this.#maxBytes = maxBytes;
    this.#acknowledge = acknowledge;
  }

  /**
   * Adds the next event.
   *
   * @returns The transaction that it completes, or `null`.
   * @throws {RangeError} If the transaction is too large.
   */
  push(event: ReplicationEvent): WholeTransaction | null {
    switch (event.kind) {
      case "begin":
      case "beginPrepare":
        this.#changes = [];
        this.#bytes = 0;
        return null;
      case "commit":
      case "prepare":
        return this.#complete(event, event.endLsn);
      case "commitPrepared":
      case "rollbackPrepared":
        return this.#alone(event, event.endLsn);
      case "gap":
        if (event.transaction === null) {
          return this.#alone(event, gapEnd(event));
        }
        this.#add(event);
        return null;
      case "message":
        if (event.transaction === null) return this.#alone(event, event.lsn);
        this.#add(event);
        return null;
      case "chunk":
        return this.#complete(event, event.lsn);
      case "snapshotBegin":
      case "read":
      case "snapshotEnd":
      case "relation":
      case "insert":
      case "update":
      case "delete":
      case "truncate":
        this.#add(event);
        return null;
    }
  }

  #add(event: ChangeEvent): void {
    this.#bytes += eventSize(event);
    const excess = this.#changes.length >= this.#maxChanges
      ? `more than ${this.#maxChanges} changes; raise maxChanges`
      : this.#bytes > this.#maxBytes
      ? `more than ${this.#maxBytes} bytes; raise maxBytes`
      : null;
    if (excess !== null) {
      const what = event.transaction === null
        ? "a chunk of a copy"
        : `transaction ${event.transaction.xid}`;
      throw new RangeError(
        `Cannot hold ${what} in memory: it has ${excess}, or read single events, which does not hold transactions in memory`,
      );
    }
    this.#changes.push(event);
  }

  #complete(
    end: CommitEvent | PrepareEvent | ChunkEvent,
    endLsn: Lsn,
  ): WholeTransaction {
    const changes = this.#changes;
    this.#changes = [];
    return {
      transaction: end.transaction,
      chunk: end.kind === "chunk" ? end : null,
      ...{ changes, endLsn },
      acknowledge: () => this.#acknowledge(end),
    };
  }

  #alone(
    event: ChangeEvent & AcknowledgeableEvent,
    endLsn: Lsn,
  ): WholeTransaction {
    return {
      transaction: null,
      chunk: null,
      changes: [event],
      endLsn,
      acknowledge: () => this.#acknowledge(event),
    };
  }
}
