import type { ReplicationEvent } from "../../events/event.ts";
import { tableName } from "../../events/table_name.ts";
import { eventSize } from "../../subscription/views/event_size.ts";
import type { KeptTransaction, TableChange } from "./ring.ts";

/** A transaction, or one with too many changes to be kept. */
export type Collected =
  | { readonly kind: "transaction"; readonly transaction: KeptTransaction }
  | {
    readonly kind: "tooLarge";
    /** Its end position. */
    readonly endLsn: KeptTransaction["endLsn"];
    /** The tables that it changed. */
    readonly tables: readonly string[];
  };

/** Collects the changes of transactions by table. */
export class TransactionCollector {
  readonly #maxBytes: number;
  #tables = new Map<string, TableChange[]>();
  #bytes = 0;

  /** @param maxBytes The approximate maximum size of a transaction to keep, in bytes. */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Adds an event, and returns the transaction that it ends. */
  push(event: ReplicationEvent): Collected | null {
    switch (event.kind) {
      case "begin":
        this.reset();
        return null;
      case "insert":
      case "update":
      case "delete":
        this.#add(event.table, event);
        return null;
      case "truncate":
        for (const table of tablesOf(event)) this.#add(table, event);
        return null;
      case "commit": {
        const { endLsn, transaction: { commitTime } } = event;
        const tables = this.#tables;
        const bytes = this.#bytes;
        this.reset();
        return bytes > this.#maxBytes
          ? { kind: "tooLarge", endLsn, tables: [...tables.keys()] }
          : {
            kind: "transaction",
            transaction: { endLsn, commitTime, tables, bytes: bytes + 100 },
          };
      }
      default:
        return null;
    }
  }

  /** Discards the changes of a transaction that does not end. */
  reset(): void {
    this.#tables = new Map();
    this.#bytes = 0;
  }

  #add(table: string, event: TableChange): void {
    const isBefore = this.#bytes <= this.#maxBytes;
    this.#bytes += eventSize(event);
    let changes = this.#tables.get(table);
    if (changes === undefined) this.#tables.set(table, changes = []);
    if (this.#bytes <= this.#maxBytes) changes.push(event);
    else if (isBefore) {
      for (const some of this.#tables.values()) some.length = 0;
    }
  }
}

function tablesOf(
  event: Extract<TableChange, { readonly kind: "truncate" }>,
): string[] {
  return event.relations.map(tableName);
}
