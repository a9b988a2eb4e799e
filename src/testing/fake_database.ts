import type { Lsn } from "../lsn.ts";
import { nowMicros, type UnixMicros } from "../timestamp.ts";
import type { Instance } from "./backend/instance.ts";
import {
  contentOf,
  FakeTransaction,
  type FakeTruncateOptions,
} from "./fake_transaction.ts";
import type {
  FakeRow,
  FakeTable,
  FakeTableChange,
} from "./options/fake_table.ts";
import type {
  AnyTables,
  FakeRowOf,
  FakeTableName,
} from "./options/typed_rows.ts";
import { unknownStatement } from "./sql/run_statement.ts";
import { OpenTransaction } from "./store/transaction.ts";

/** A transaction that a fake server has committed. */
export interface FakeCommit {
  /** Its id. */
  readonly xid: number;
  /** Where its commit record begins: the position by which events name it. */
  readonly commitLsn: Lsn;
  /** Where its commit record ends: the position that acknowledges it. */
  readonly endLsn: Lsn;
  /** When it committed. */
  readonly commitTime: UnixMicros;
}

/** Where a transaction comes from, and when it was. */
export interface FakeTransactionOptions {
  /**
   * The replication origin, as of a transaction that was replicated from another server.
   *
   * @default {null} none
   */
  readonly origin?: string | null;
  /**
   * When it commits, in microseconds since 1970-01-01 UTC.
   *
   * @default {now}
   */
  readonly commitTime?: UnixMicros;
}

/**
 * The tables of a fake server, and what can be done with them: see {@linkcode FakeServer}.
 *
 * @typeParam Tables The types of the tables' rows: see {@linkcode fakeServer}.
 */
export class FakeDatabase<Tables = AnyTables> {
  readonly #instance: Instance;

  /**
   * Made as a part of a {@linkcode FakeServer}.
   *
   * @param instance The server.
   * @param tables The tables whose rows are there from the beginning.
   * @ignore
   */
  constructor(
    instance: Instance,
    tables: Readonly<Record<string, FakeTable>>,
  ) {
    this.#instance = instance;
    for (const [name, { rows = [] }] of Object.entries(tables)) {
      this.#fill(name, rows);
    }
    instance.prune();
  }

  /** The position behind everything that has happened. */
  get walEnd(): Lsn {
    return this.#instance.database.log.end;
  }

  /**
   * Does several things in one transaction.
   *
   * @param run Does them, and returns nothing: if it throws, nothing has happened.
   * @param options Where the transaction comes from, and when it is.
   * @throws Whatever `run` throws.
   */
  transaction(
    run: (transaction: FakeTransaction<Tables>) => void,
    { origin = null, commitTime = nowMicros() }: FakeTransactionOptions = {},
  ): FakeCommit {
    this.check();
    const transaction = new OpenTransaction(this.#instance.database);
    try {
      const result: unknown = run(new FakeTransaction<Tables>(transaction));
      if (result instanceof Promise) {
        throw new TypeError(
          "Cannot wait within a transaction of the fake server: pass a function that is not async",
        );
      }
    } catch (error) {
      transaction.rollback();
      throw error;
    }
    const { xid, commitLsn, endLsn } = transaction.commit(commitTime, origin);
    this.#instance.notify();
    return { xid, commitLsn, endLsn, commitTime };
  }

  /** Adds a row in a transaction of its own: see {@linkcode FakeTransaction.insert}. */
  insert<Name extends FakeTableName<Tables>>(
    table: Name,
    row: FakeRowOf<Tables, Name>,
  ): FakeCommit {
    return this.transaction((one) => one.insert(table, row));
  }

  /** Changes rows in a transaction of its own: see {@linkcode FakeTransaction.update}. */
  update<Name extends FakeTableName<Tables>>(
    table: Name,
    where: FakeRowOf<Tables, Name>,
    changes: FakeRowOf<Tables, Name>,
  ): FakeCommit {
    return this.transaction((one) => one.update(table, where, changes));
  }

  /** Removes rows in a transaction of its own: see {@linkcode FakeTransaction.delete}. */
  delete<Name extends FakeTableName<Tables>>(
    table: Name,
    where: FakeRowOf<Tables, Name>,
  ): FakeCommit {
    return this.transaction((one) => one.delete(table, where));
  }

  /** Empties tables in a transaction of its own: see {@linkcode FakeTransaction.truncate}. */
  truncate(
    tables: FakeTableName<Tables> | readonly FakeTableName<Tables>[],
    options: FakeTruncateOptions = {},
  ): FakeCommit {
    return this.transaction((one) => one.truncate(tables, options));
  }

  /**
   * Emits a message outside of transactions, as `pg_logical_emit_message(false, …)` does.
   *
   * @param prefix Its prefix.
   * @param content Its content; a text is sent as UTF-8.
   * @returns The position behind it, which acknowledges it.
   */
  message(prefix: string, content: string | Uint8Array): Lsn {
    this.check();
    const { log } = this.#instance.database;
    const bytes = contentOf(content);
    log.reserve(prefix.length + bytes.length);
    const endLsn = log.end;
    log.push({ kind: "message", endLsn, prefix, content: bytes });
    this.#instance.notify();
    return endLsn;
  }

  /**
   * Adds a table.
   *
   * @param name Its name.
   * @param table What it is like.
   * @throws {TypeError} If there is one of that name, or it can't be like that.
   */
  createTable(name: string, table: FakeTable): void {
    this.check();
    this.#instance.database.createTable(name, table);
    this.#fill(name, table.rows ?? []);
    this.#instance.notify();
  }

  /**
   * Changes the definition of a table. The stream describes the table again before its next
   * change.
   *
   * @param name Its name.
   * @param change What to change.
   * @throws {TypeError} If there is no such table, or it can't be changed like that.
   */
  alterTable(name: string, change: FakeTableChange): void {
    this.check();
    this.#instance.database.alterTable(name, change);
    this.#instance.notify();
  }

  /**
   * Removes a table.
   *
   * @param name Its name.
   * @throws {TypeError} If there is no such table.
   */
  dropTable(name: string): void {
    this.check();
    this.#instance.database.dropTable(name);
    this.#instance.notify();
  }

  /**
   * The rows of a table as they are now, as texts, in no particular order.
   *
   * @param table Its name.
   */
  rows(table: string): Record<string, string | null>[] {
    const { rows, version } = this.#instance.database.table(table);
    return [...rows.values()].map((row) =>
      Object.fromEntries(
        version.columns.map(({ name, number }) => [
          name,
          row[number - 1] ?? null,
        ]),
      )
    );
  }

  // Puts rows into a new table.
  #fill(name: string, rows: readonly FakeRow[]): void {
    if (rows.length === 0) return;
    const transaction = new OpenTransaction(this.#instance.database);
    for (const row of rows) transaction.insert(name, row);
    transaction.commit(nowMicros(), null);
  }

  /**
   * Makes sure that no SQL has come that the server does not know.
   *
   * @throws {Error} If some has.
   * @ignore
   */
  protected check(): void {
    const { unknown } = this.#instance;
    if (unknown !== null) throw new Error(unknownStatement(unknown));
  }
}
