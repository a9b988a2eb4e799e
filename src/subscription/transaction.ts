import type { Lsn } from "../lsn.ts";
import type {
  AcknowledgeableEvent,
  CommitEvent,
  ReplicationEvent,
  TransactionInfo,
} from "./event.ts";
import { gapEnd } from "./gap.ts";
import type { PrepareEvent } from "./two_phase_event.ts";

/**
 * What stands within a transaction, or alone: every event but `begin` and `commit`, and
 * `beginPrepare` and `prepare`.
 */
export type ChangeEvent = Exclude<
  ReplicationEvent,
  { readonly kind: "begin" | "commit" | "beginPrepare" | "prepare" }
>;

/**
 * A whole transaction, or what belongs to none: a message, the outcome of a prepared
 * transaction, or a gap.
 */
export interface Transaction {
  /** Its id, origin, commit position and time; `null` for what belongs to none. */
  readonly info: TransactionInfo | null;
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
}

/** Gathers events into transactions. */
export class TransactionAssembler {
  readonly #maxChanges: number;
  readonly #acknowledge: (event: AcknowledgeableEvent) => void;
  #changes: ChangeEvent[] = [];

  /**
   * @param maxChanges How many changes to hold at the most.
   * @param acknowledge Marks a transaction as done, by its last event.
   */
  constructor(
    maxChanges: number,
    acknowledge: (event: AcknowledgeableEvent) => void,
  ) {
    this.#maxChanges = maxChanges;
    this.#acknowledge = acknowledge;
  }

  /**
   * Takes the next event.
   *
   * @returns The transaction that it completes, or `null`.
   * @throws {RangeError} If the transaction is too large.
   */
  push(event: ReplicationEvent): Transaction | null {
    switch (event.kind) {
      case "begin":
      case "beginPrepare":
        this.#changes = [];
        return null;
      case "commit":
      case "prepare":
        return this.#complete(event);
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
    if (this.#changes.length < this.#maxChanges) {
      this.#changes.push(event);
      return;
    }
    throw new RangeError(
      `Cannot hold transaction ${event.transaction?.xid} in memory: it has more than ${this.#maxChanges} changes; raise maxChanges, or take the events one by one, which needs no memory for a transaction`,
    );
  }

  #complete(commit: CommitEvent | PrepareEvent): Transaction {
    const changes = this.#changes;
    this.#changes = [];
    return {
      info: commit.transaction,
      changes,
      endLsn: commit.endLsn,
      acknowledge: () => this.#acknowledge(commit),
    };
  }

  #alone(
    event: ChangeEvent & AcknowledgeableEvent,
    endLsn: Lsn,
  ): Transaction {
    return {
      info: null,
      changes: [event],
      endLsn,
      acknowledge: () => this.#acknowledge(event),
    };
  }
}
