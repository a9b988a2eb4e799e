import type { Lsn } from "../lsn.ts";
import type { UnixMicros } from "../timestamp.ts";

/** What the events of one transaction share: one object, the same for each of them. */
export interface TransactionInfo {
  /** The transaction's id: 32 bits, used again after some billions. */
  readonly xid: number;
  /**
   * Where its commit record begins; of a prepared transaction, its prepare record.
   * Unique, and the order of transactions.
   */
  readonly commitLsn: Lsn;
  /**
   * When it committed, or was prepared, in microseconds since 1970-01-01 UTC.
   */
  readonly commitTime: UnixMicros;
  /** The replication origin that it came from, or `null` for this server itself. */
  readonly origin: string | null;
  /**
   * The name that PREPARE TRANSACTION gave it. There only if it came when it was
   * prepared, as the option `twoPhase` asks for: it has not committed yet.
   */
  readonly gid?: string;
}

/** What every event within a transaction has. */
export interface InTransaction {
  /** The transaction it belongs to. */
  readonly transaction: TransactionInfo;
  /**
   * How many changes (of rows, truncates, messages) came before it in the transaction:
   * its own number among them, if it is one. A change is identified for ever by this
   * and `transaction.commitLsn`, which its position in the WAL does not do.
   */
  readonly index: number;
}
