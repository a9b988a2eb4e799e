import type {
  AnyTables,
  FakeRowOf,
  FakeTableName,
} from "./options/typed_rows.ts";
import type { OpenTransaction } from "./store/transaction.ts";

const UTF8 = new TextEncoder();

/** What to empty beside the tables that are named, as TRUNCATE has it. */
export interface FakeTruncateOptions {
  /**
   * Whether the command contained CASCADE. Only the tables that are named are emptied.
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
 * A transaction of a fake server: what it does commits together.
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
   * Made by `FakeServer.transaction()`.
   *
   * @param transaction What it does it with.
   * @ignore
   */
  constructor(transaction: OpenTransaction) {
    this.#transaction = transaction;
  }

  /**
   * Adds a row.
   *
   * @param table The table's name.
   * @param row Its values; columns that are left out get their default value.
   * @throws {TypeError | RangeError} If the table can't have such a row.
   */
  insert<Name extends FakeTableName<Tables>>(
    table: Name,
    row: FakeRowOf<Tables, Name>,
  ): void {
    this.#transaction.insert(table, row);
  }

  /**
   * Changes all rows that have some values, of which there is to be one at least.
   *
   * @param table The table's name.
   * @param where The values by which to find the rows: those of the key, as a rule.
   * @param changes The new values; all other columns stay.
   * @throws {Error} If there is no such row, or if the table publishes no updates since it has
   * no replica identity.
   */
  update<Name extends FakeTableName<Tables>>(
    table: Name,
    where: FakeRowOf<Tables, Name>,
    changes: FakeRowOf<Tables, Name>,
  ): void {
    this.#transaction.update(table, where, changes);
  }

  /**
   * Removes all rows that have some values, of which there is to be one at least.
   *
   * @param table The table's name.
   * @param where The values by which to find the rows: those of the key, as a rule.
   * @throws {Error} If there is no such row, or if the table publishes no deletes since it has
   * no replica identity.
   */
  delete<Name extends FakeTableName<Tables>>(
    table: Name,
    where: FakeRowOf<Tables, Name>,
  ): void {
    this.#transaction.delete(table, where);
  }

  /**
   * Empties tables.
   *
   * @param tables The name of the table, or the names of several.
   * @param options What the command contained.
   */
  truncate(
    tables: FakeTableName<Tables> | readonly FakeTableName<Tables>[],
    { cascade = false, restartIdentity = false }: FakeTruncateOptions = {},
  ): void {
    const names = typeof tables === "string" ? [tables] : tables;
    this.#transaction.truncate(names, { cascade, restartIdentity });
  }

  /**
   * Emits a message, as `pg_logical_emit_message(true, …)` does.
   *
   * @param prefix Its prefix.
   * @param content Its content; a text is sent as UTF-8.
   */
  message(prefix: string, content: string | Uint8Array): void {
    this.#transaction.message(prefix, contentOf(content));
  }
}

/** The bytes of a message. */
export function contentOf(content: string | Uint8Array): Uint8Array {
  return typeof content === "string" ? UTF8.encode(content) : content;
}
