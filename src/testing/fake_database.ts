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
  /** The start of its commit record: its position in events. */
  readonly commitLsn: Lsn;
  /** The end of its commit record: the position that acknowledges it. */
  readonly endLsn: Lsn;
  /** The commit time, in microseconds since 1970-01-01 UTC. */
  readonly commitTime: UnixMicros;
}

/** The origin and the time of a transaction. */
export interface FakeTransactionOptions {
  /**
   * The replication origin, for a transaction that was replicated from another server.
   *
   * @default {null} none
   */
  readonly origin?: string | null;
  /**
   * The commit time, in microseconds since 1970-01-01 UTC.
   *
   * @default {now}
   */
  readonly commitTime?: UnixMicros;
}

/**
 * The tables of a fake server, and the operations on them: see {@linkcode FakeServer}.
 *
 * @example
 * ```ts
 * import { type FakeDatabase, fakeServer } from "@walbrook/walbrook/testing";
 *
 * function fill(database: FakeDatabase): void {
 *   for (let id = 1; id <= 3; id++) database.insert("accounts", { id, balance: "10" });
 * }
 * const server = fakeServer({
 *   tables: { accounts: { columns: { id: "int", balance: "numeric" }, primaryKey: "id" } },
 * });
 * fill(server);
 * console.log(server.rows("accounts").length); // 3
 * ```
 *
 * @typeParam Tables The types of the tables' rows: see {@linkcode fakeServer}.
 */
export class FakeDatabase<Tables = AnyTables> {
  readonly #instance: Instance;

  /**
   * Created as a part of a {@linkcode FakeServer}.
   *
   * @param instance The server.
   * @param tables The tables with initial rows.
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

  /** The position after everything that has happened. */
  get walEnd(): Lsn {
    return this.#instance.database.log.end;
  }

  /**
   * Performs several operations in one transaction.
   *
   * @param run Performs them, and returns nothing: if it throws, nothing has happened.
   * @param options The origin and the time of the transaction.
   * @returns The committed transaction: its id, positions and time.
   * @throws Any error of `run`.
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

  /**
   * Inserts a row in a separate transaction: see {@linkcode FakeTransaction.insert}.
   *
   * @param table The table's name.
   * @param row The row; columns that are left out get their defaults.
   * @returns The committed transaction.
   */
  insert<Name extends FakeTableName<Tables>>(
    table: Name,
    row: FakeRowOf<Tables, Name>,
  ): FakeCommit {
    return this.transaction((one) => one.insert(table, row));
  }

  /**
   * Updates rows in a separate transaction: see {@linkcode FakeTransaction.update}.
   *
   * @param table The table's name.
   * @param where The values by which to find the rows.
   * @param changes The new values.
   * @returns The committed transaction.
   */
  update<Name extends FakeTableName<Tables>>(
    table: Name,
    where: FakeRowOf<Tables, Name>,
    changes: FakeRowOf<Tables, Name>,
  ): FakeCommit {
    return this.transaction((one) => one.update(table, where, changes));
  }

  /**
   * Deletes rows in a separate transaction: see {@linkcode FakeTransaction.delete}.
   *
   * @param table The table's name.
   * @param where The values by which to find the rows.
   * @returns The committed transaction.
   */
  delete<Name extends FakeTableName<Tables>>(
    table: Name,
    where: FakeRowOf<Tables, Name>,
  ): FakeCommit {
    return this.transaction((one) => one.delete(table, where));
  }

  /**
   * Truncates tables in a separate transaction: see {@linkcode FakeTransaction.truncate}.
   *
   * @param tables The table's name, or several.
   * @param options Which words the event reports: CASCADE, RESTART IDENTITY.
   * @returns The committed transaction.
   */
  truncate(
    tables: FakeTableName<Tables> | readonly FakeTableName<Tables>[],
    options: FakeTruncateOptions = {},
  ): FakeCommit {
    return this.transaction((one) => one.truncate(tables, options));
  }

  /**
   * Emits a message outside of transactions, like `pg_logical_emit_message(false, …)`.
   *
   * @param prefix Its prefix.
   * @param content Its content; a text is sent as UTF-8.
   * @returns The position after it, which acknowledges it.
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
   * Creates a table.
   *
   * @param name Its name.
   * @param table Its definition.
   * @throws {TypeError} If it already exists, or its definition is invalid.
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
   * @throws {TypeError} If the table does not exist, or the change is invalid.
   */
  alterTable(name: string, change: FakeTableChange): void {
    this.check();
    this.#instance.database.alterTable(name, change);
    this.#instance.notify();
  }

  /**
   * Drops a table.
   *
   * @param name Its name.
   * @throws {TypeError} If the table does not exist.
   */
  dropTable(name: string): void {
    this.check();
    this.#instance.database.dropTable(name);
    this.#instance.notify();
  }

  /**
   * Returns the current rows of a table, as texts, in no particular order.
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

  // Inserts rows into a new table.
  #fill(name: string, rows: readonly FakeRow[]): void {
    if (rows.length === 0) return;
    const transaction = new OpenTransaction(this.#instance.database);
    for (const row of rows) transaction.insert(name, row);
    transaction.commit(nowMicros(), null);
  }

  /**
   * Checks that the server recognized all SQL that it received.
   *
   * @throws {Error} If it did not.
   * @ignore
   */
  protected check(): void {
    const { unknown } = this.#instance;
    if (unknown !== null) throw new Error(unknownStatement(unknown));
  }
}
