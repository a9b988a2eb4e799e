import type { TransactionInfo } from "../events/transaction_info.ts";

/** Counts the changes of a transaction, as Debezium's transaction metadata does. */
export class TransactionOrder {
  readonly #byTable = new Map<string, number>();
  #total = 0;

  /** Numbers the next change: returns the member `transaction` of its value. */
  next(transaction: TransactionInfo, table: string): string {
    const ofTable = (this.#byTable.get(table) ?? 0) + 1;
    this.#byTable.set(table, ofTable);
    return `"transaction":{"id":"${idOf(transaction)}","total_order":${++this
      .#total},"data_collection_order":${ofTable}}`;
  }

  /** Returns the key of a transaction's boundaries. */
  key(transaction: TransactionInfo): string {
    return `{"id":"${idOf(transaction)}"}`;
  }

  /** Encodes the value for the beginning or end of a transaction. */
  boundary(status: "BEGIN" | "END", transaction: TransactionInfo): string {
    const isEnd = status === "END";
    const collections = isEnd
      ? JSON.stringify(
        [...this.#byTable].map(([data_collection, event_count]) => ({
          data_collection,
          event_count,
        })),
      )
      : "null";
    const count = isEnd ? this.#total : "null";
    this.#byTable.clear();
    this.#total = 0;
    return `{"status":"${status}","id":"${
      idOf(transaction)
    }","event_count":${count},"data_collections":${collections},"ts_ms":${
      transaction.commitTime / 1000n
    }}`;
  }
}

function idOf({ xid, commitLsn }: TransactionInfo): string {
  return `${xid}:${commitLsn}`;
}
