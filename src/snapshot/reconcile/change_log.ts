import type { Row } from "../../events/relation.ts";
import type { Lsn } from "../../lsn.ts";
import { isVisible, type TransactionSnapshot } from "./visibility.ts";

/** A delivered change of a row. */
export interface LoggedChange {
  /** The row's key before; `null` for an insert. */
  readonly oldKey: string | null;
  /** Its key after; `null` for a delete. */
  readonly newKey: string | null;
  /** The row, if it came with `UNCHANGED` columns; `null` if it came whole. */
  readonly row: Row | null;
}

/** What a delivered transaction did to one table. */
export interface LoggedTransaction {
  /** Its top-level id. */
  readonly xid: number;
  /** Its end position. */
  readonly endLsn: Lsn;
  /** Its changes in order; `null` if there were too many to store. */
  readonly changes: readonly (LoggedChange | "truncate")[] | null;
}

/** How many changes to store. Of a transaction with more, only the id is stored. */
const MAX_CHANGES = 100_000;

/**
 * Records what delivered transactions did to a table, as long as a chunk that does not see
 * them may still be read. A pure data structure.
 */
export class ChangeLog {
  #transactions: LoggedTransaction[] = [];
  #open: (LoggedChange | "truncate")[] | null = null;
  #size = 0;

  /** The number of recorded transactions. */
  get length(): number {
    return this.#transactions.length;
  }

  /** Records a change of the current transaction. */
  push(change: LoggedChange | "truncate"): void {
    this.#open ??= [];
    // One more than the limit shows that there are too many.
    if (this.#open.length <= MAX_CHANGES) this.#open.push(change);
  }

  /** Records that the transaction is complete. */
  commit(xid: number, endLsn: Lsn): void {
    const changes = this.#open;
    if (changes === null) return;
    this.#open = null;
    const isKept = this.#size + changes.length <= MAX_CHANGES;
    if (isKept) this.#size += changes.length;
    this.#transactions.push({ xid, endLsn, changes: isKept ? changes : null });
  }

  /**
   * Starts a new connection, which sends everything again that ends after its start.
   *
   * @param start The start position.
   */
  resume(start: Lsn): void {
    this.#open = null;
    this.#keep(({ endLsn }) => endLsn <= start);
  }

  /** The transactions that a snapshot does not see, in commit order. */
  invisibleTo(snapshot: TransactionSnapshot): readonly LoggedTransaction[] {
    return this.#transactions.filter(({ xid }) => !isVisible(xid, snapshot));
  }

  /** Discards those that a snapshot sees: all later snapshots of that server see them too. */
  prune(snapshot: TransactionSnapshot): void {
    this.#keep(({ xid }) => !isVisible(xid, snapshot));
  }

  /** Discards everything. */
  clear(): void {
    this.#open = null;
    this.#keep(() => false);
  }

  #keep(wanted: (transaction: LoggedTransaction) => boolean): void {
    this.#transactions = this.#transactions.filter(wanted);
    this.#size = 0;
    for (const { changes } of this.#transactions) {
      this.#size += changes?.length ?? 0;
    }
  }
}
