import type {
  AnyTables,
  FakeRowOf,
  FakeTableName,
} from "./options/typed_rows.ts";
import type { OpenTransaction } from "./store/transaction.ts";

const UTF8 = new TextEncoder();

/** The options of a TRUNCATE command. */
export interface FakeTruncateOptions {
  /**
   * Whether the command contained CASCADE. Only the named tables are truncated.
   *
   * @default {false}
   */
  readonly cascade?: boolean;
  /**
   * Whether the command contained RESTART IDENTITY.
   *
   * @default {false}
   */
  readonly restartIdentity?: boolean;
}

/**
 * A transaction of a fake server, whose operations commit together.
 *
 * @typeParam Tables The types of the tables' rows: see {@linkcode fakeServer}.
 *
 * @example
 * ```ts
 * import { fakeServer } from "@walbrook/walbrook/testing";
 *
 * const server = fakeServer({
 *   tables: { accounts: { columns: { id: "int", balance: "numeric" }, primaryKey: "id" } },
 * });
 * server.transaction((transaction) => {
 *   transaction.insert("accounts", { id: 1, balance: "10" });
 *   transaction.insert("accounts", { id: 2, balance: "20" });
 * });
 * ```
 */
export class FakeTransaction<Tables = AnyTables> {
  readonly #transaction: OpenTransaction;

  /**
   * Created by `FakeServer.transaction()`.
   *
   * @param transaction The transaction of the store.
   * @ignore
   */
  constructor(transaction: OpenTransaction) {
    this.#transaction = transaction;
  }

  /**
   * Inserts a row.
   *
   * @param table The table's name.
   * @param row Its values; omitted columns get their default value.
   * @throws {TypeError | RangeError} If the row does not fit the table.
   */
  insert<Name extends FakeTableName<Tables>>(
    table: Name,
    row: FakeRowOf<Tables, Name>,
  ): void {
    this.#transaction.insert(table, row);
  }

  /**
   * Updates all rows with the given values; there must be at least one.
   *
   * @param table The table's name.
   * @param where The values by which to find the rows, usually those of the key.
   * @param changes The new values; all other columns stay.
   * @throws {Error} If there is no such row, or if the table does not publish updates because
   * it has no replica identity.
   */
  update<Name extends FakeTableName<Tables>>(
    table: Name,
    where: FakeRowOf<Tables, Name>,
    changes: FakeRowOf<Tables, Name>,
  ): void {
    this.#transaction.update(table, where, changes);
  }

  /**
   * Deletes all rows with the given values; there must be at least one.
   *
   * @param table The table's name.
   * @param where The values by which to find the rows, usually those of the key.
   * @throws {Error} If there is no such row, or if the table does not publish deletes because
   * it has no replica identity.
   */
  delete<Name extends FakeTableName<Tables>>(
    table: Name,
    where: FakeRowOf<Tables, Name>,
  ): void {
    this.#transaction.delete(table, where);
  }

  /**
   * Truncates tables.
   *
   * @param tables The name of the table, or the names of several.
   * @param options The options of the command.
   */
  truncate(
    tables: FakeTableName<Tables> | readonly FakeTableName<Tables>[],
    { cascade = false, restartIdentity = false }: FakeTruncateOptions = {},
  ): void {
    const names = typeof tables === "string" ? [tables] : tables;
    this.#transaction.truncate(names, { cascade, restartIdentity });
  }

  /**
   * Emits a message, like `pg_logical_emit_message(true, …)`.
   *
   * @param prefix Its prefix.
   * @param content Its content; a text is sent as UTF-8.
   */
  message(prefix: string, content: string | Uint8Array): void {
    this.#transaction.message(prefix, contentOf(content));
  }
}

/** Returns the bytes of a message. */
export function contentOf(content: string | Uint8Array): Uint8Array {
  return typeof content === "string" ? UTF8.encode(content) : content;
}
