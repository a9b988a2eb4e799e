import type { Lsn } from "../lsn.ts";
import type {
  CommitEvent,
  MessageEvent,
  ReplicationEvent,
  TransactionInfo,
} from "./event.ts";

/** What stands within a transaction: every event but `begin` and `commit`. */
export type ChangeEvent = Exclude<
  ReplicationEvent,
  { readonly kind: "begin" | "commit" }
>;

/** A whole transaction, or a message that belongs to none. */
export interface Transaction {
  /** Its id, origin, commit position and time; `null` for a message outside of any. */
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
  readonly #acknowledge: (event: CommitEvent | MessageEvent) => void;
  #changes: ChangeEvent[] = [];

  /**
   * @param maxChanges How many changes to hold at the most.
   * @param acknowledge Marks a transaction as done, by its last event.
   */
  constructor(
    maxChanges: number,
    acknowledge: (event: CommitEvent | MessageEvent) => void,
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
        this.#changes = [];
        return null;
      case "commit":
        return this.#complete(event);
      case "message":
        if (event.transaction === null) return this.#alone(event);
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

  #complete(commit: CommitEvent): Transaction {
    const changes = this.#changes;
    this.#changes = [];
    return {
      info: commit.transaction,
      changes,
      endLsn: commit.endLsn,
      acknowledge: () => this.#acknowledge(commit),
    };
  }

  #alone(message: MessageEvent): Transaction {
    return {
      info: null,
      changes: [message],
      endLsn: message.lsn,
      acknowledge: () => this.#acknowledge(message),
    };
  }
}
