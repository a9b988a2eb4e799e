import type { Lsn } from "../lsn.ts";
import type { UnixMicros } from "../timestamp.ts";

/**
 * What the events of a transaction have in common: one object, shared by all of them.
 *
 * @example An identity for a change, by which a destination recognizes repetitions
 * ```ts
 * import { formatLsn, type RowChangeEvent } from "@walbrook/walbrook";
 *
 * function idOf({ transaction, index }: RowChangeEvent): string {
 *   return `${formatLsn(transaction.commitLsn)}:${index}`; // "16/B374D848:0"
 * }
 * console.log(idOf.name);
 * ```
 *
 * @category Events
 */
export interface TransactionInfo {
  /** The transaction id: 32 bits, which wrap around after some 4 billion transactions. */
  readonly xid: number;
  /**
   * The start of its commit record or, for a prepared transaction, its prepare record.
   * Unique, and increasing in the order of transactions.
   */
  readonly commitLsn: Lsn;
  /**
   * The time when it committed or was prepared, in microseconds since 1970-01-01 UTC.
   */
  readonly commitTime: UnixMicros;
  /** The replication origin, or `null` if the transaction originated on this server. */
  readonly origin: string | null;
  /**
   * The name given by PREPARE TRANSACTION. Present only if the transaction was delivered when
   * it was prepared, as with the option `twoPhase`: it has not committed yet.
   */
  readonly gid?: string;
}

/**
 * The members of every event within a transaction.
 *
 * @category Parts of events
 */
export interface InTransaction {
  /** The transaction it belongs to. */
  readonly transaction: TransactionInfo;
  /**
   * The number of changes (of rows, truncates, messages) before it in the transaction; for a
   * change, its own index. Together with `transaction.commitLsn` it identifies a change
   * permanently, which its position in the WAL does not.
   */
  readonly index: number;
}
