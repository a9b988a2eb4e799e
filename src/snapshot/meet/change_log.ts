import type { Row } from "../../events/relation.ts";
import type { Lsn } from "../../lsn.ts";
import { isVisible, type TransactionSnapshot } from "./visibility.ts";

/** A change of a row that was delivered. */
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
  /** Where it ends. */
  readonly endLsn: Lsn;
  /** Its changes in their order; `null` if they were too many to be kept. */
  readonly changes: readonly (LoggedChange | "truncate")[] | null;
}

/** How many changes to keep. Of a transaction that has more only its id is kept. */
const MAX_CHANGES = 100_000;

/**
 * Remembers what delivered transactions did to a table, for as long as a chunk of its copy may
 * be read that does not see them. A pure data structure.
 */
export class ChangeLog {
  #transactions: LoggedTransaction[] = [];
  #open: (LoggedChange | "truncate")[] | null = null;
  #size = 0;

  /** How many transactions it holds. */
  get length(): number {
    return this.#transactions.length;
  }

  /** Notes a change of the transaction that is being delivered. */
  push(change: LoggedChange | "truncate"): void {
    this.#open ??= [];
    // One more than what is kept tells that there are too many.
    if (this.#open.length <= MAX_CHANGES) this.#open.push(change);
  }

  /** Notes that the transaction is complete. */
  commit(xid: number, endLsn: Lsn): void {
    const changes = this.#open;
    if (changes === null) return;
    this.#open = null;
    const isKept = this.#size + changes.length <= MAX_CHANGES;
    if (isKept) this.#size += changes.length;
    this.#transactions.push({ xid, endLsn, changes: isKept ? changes : null });
  }

  /**
   * Begins a new connection, which sends everything again that ends behind its start.
   *
   * @param start Where it begins.
   */
  resume(start: Lsn): void {
    this.#open = null;
    this.#keep(({ endLsn }) => endLsn <= start);
  }

  /** Those which a snapshot does not see, in the order of their commits. */
  invisibleTo(snapshot: TransactionSnapshot): readonly LoggedTransaction[] {
    return this.#transactions.filter(({ xid }) => !isVisible(xid, snapshot));
  }

  /** Forgets those which a snapshot sees: all later ones of that server see them too. */
  prune(snapshot: TransactionSnapshot): void {
    this.#keep(({ xid }) => !isVisible(xid, snapshot));
  }

  /** Forgets everything. */
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
