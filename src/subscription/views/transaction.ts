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
 * What stands within a transaction, or alone: every event but `begin` and `commit`,
 * `beginPrepare` and `prepare`, and `chunk`.
 */
export type ChangeEvent = Exclude<
  ReplicationEvent,
  { readonly kind: "begin" | "commit" | "beginPrepare" | "prepare" | "chunk" }
>;

/**
 * A whole transaction, or what belongs to none: a message, the outcome of a prepared
 * transaction, a gap, or a chunk of a copy.
 */
export interface WholeTransaction {
  /** Its id, origin, commit position and time; `null` for what belongs to none. */
  readonly transaction: TransactionInfo | null;
  /** The chunk, if it is one: its rows, and what was said of its table, are the changes. */
  readonly chunk: ChunkEvent | null;
  /** What it did, in order. */
  readonly changes: readonly ChangeEvent[];
  /** Where it ends: the position that acknowledges it. */
  readonly endLsn: Lsn;
  /**
   * Says that it is done, as {@linkcode Subscription.acknowledge} does.
   *
   * @throws {TypeError} If the subscription acknowledges by itself.
   */
  acknowledge(): void;
}

/** Options for {@linkcode Subscription.transactions}. */
export interface TransactionsOptions {
  /**
   * How many changes of one transaction to hold in memory at the most. A larger one ends
   * the stream with a `RangeError`, unacknowledged.
   *
   * @default {100_000}
   */
  readonly maxChanges?: number;
  /**
   * How many bytes the values of one transaction may take in memory at the most, about.
   * A larger one ends the stream in the same way.
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
   * @param options How much to hold at the most.
   * @param acknowledge Marks a transaction as done, by its last event.
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
   * Takes the next event.
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
        `Cannot hold ${what} in memory: it has ${excess}, or take the events one by one, which needs no memory for a transaction`,
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
