import { identityKey, type TextRow } from "../catalog/table_version.ts";
import type { Lsn } from "../../lsn.ts";
import type { UnixMicros } from "../../timestamp.ts";
import type { FakeRow } from "../options/fake_table.ts";
import { valueText } from "../values/value_text.ts";
import type { Change, LoggedTransaction, OldRow } from "../wal/change.ts";
import type { Database } from "./database.ts";
import type { Table } from "./table.ts";

/** An open transaction. Its changes are made immediately, and undone if it fails. */
export class OpenTransaction {
  readonly #database: Database;
  readonly #changes: Change[] = [];
  // A stream describes these again, before they are truncated and after the commit.
  readonly #truncated = new Set<Table>();
  // The functions that undo its changes, in their order.
  readonly #undo: (() => void)[] = [];
  readonly #start: Lsn;

  /** @param database The database. */
  constructor(database: Database) {
    this.#database = database;
    this.#start = database.log.end;
  }

  /** Inserts a row. */
  insert(name: string, row: FakeRow): void {
    const table = this.#database.table(name);
    const { version } = table;
    const values: (string | null)[] = new Array(version.attributes).fill(null);
    for (const column of version.columns) {
      values[column.number - 1] = Object.hasOwn(row, column.name)
        ? valueText(row[column.name], column.type)
        : column.defaultText;
    }
    checkColumns(table, row);
    this.#put(table, null, values);
    const lsn = this.#reserve(values);
    this.#changes.push({ kind: "insert", lsn, table: version, newRow: values });
  }

  /** Updates the rows with the given values. */
  update(name: string, where: FakeRow, changes: FakeRow): void {
    const table = this.#database.table(name);
    const { version } = table;
    checkColumns(table, changes);
    for (const [key, old] of this.#matching(table, where)) {
      const values = [...old];
      for (const { name, number, type } of version.columns) {
        if (!Object.hasOwn(changes, name)) continue;
        values[number - 1] = valueText(changes[name], type);
      }
      const oldRow = this.#oldRow(table, old, "update");
      const isSameKey = oldRow?.kind === "key" &&
        identityKey(version)!.every((number) =>
          old[number - 1] === values[number - 1]
        );
      // Not columns that were set to the value that they had: that is stored again.
      const unchanged = version.columns.filter(({ isToasted, name, number }) =>
        isToasted && values[number - 1] !== null &&
        !Object.hasOwn(changes, name)
      ).map(({ number }) => number);
      this.#put(table, key, values);
      this.#changes.push({
        ...{ kind: "update", lsn: this.#reserve(values), table: version },
        ...{ newRow: values, unchanged },
        oldRow: isSameKey ? null : oldRow,
      });
    }
  }

  /** Deletes the rows with the given values. */
  delete(name: string, where: FakeRow): void {
    const table = this.#database.table(name);
    for (const [key, row] of this.#matching(table, where)) {
      const oldRow = this.#oldRow(table, row, "delete from");
      this.#remove(table, key, row);
      const lsn = this.#reserve(row);
      this.#changes.push({
        ...{ kind: "delete", lsn, table: table.version, oldRow },
      });
    }
  }

  /** Truncates tables. */
  truncate(
    names: readonly string[],
    options: { readonly cascade: boolean; readonly restartIdentity: boolean },
  ): void {
    const tables = names.map((name) => this.#database.table(name));
    for (const table of tables) {
      const { rows, fileNode, version } = table;
      table.rows = new Map();
      table.fileNode = this.#database.nextOid();
      table.version = { ...version };
      this.#truncated.add(table);
      this.#undo.push(() => {
        table.rows = rows;
        table.fileNode = fileNode;
        table.version = version;
      });
    }
    this.#changes.push({
      ...{ kind: "truncate", lsn: this.#reserve([]), ...options },
      tables: tables.map(({ version }) => version),
    });
  }

  /** Adds a message. */
  message(prefix: string, content: Uint8Array): void {
    this.#database.log.reserve(prefix.length + content.length);
    // Unlike all other changes, it is positioned by its end.
    const lsn = this.#database.log.end;
    this.#changes.push({ kind: "message", lsn, prefix, content });
  }

  /** Undoes its changes. */
  rollback(): void {
    for (const undo of this.#undo.toReversed()) undo();
  }

  /** Commits it. */
  commit(commitTime: UnixMicros, origin: string | null): LoggedTransaction {
    const { log } = this.#database;
    const xid = this.#database.nextXid++;
    const commitLsn = log.reserve(20);
    for (const table of this.#truncated) table.version = { ...table.version };
    const transaction: LoggedTransaction = {
      kind: "transaction",
      ...{ xid, commitLsn, commitTime, origin },
      firstLsn: this.#changes[0]?.lsn ?? this.#start,
      endLsn: log.end,
      changes: this.#changes,
    };
    log.push(transaction);
    return transaction;
  }

  #reserve(row: TextRow): Lsn {
    const bytes = row.reduce((sum, text) => sum + (text?.length ?? 0) + 1, 0);
    return this.#database.log.reserve(bytes);
  }

  #remove({ rows }: Table, key: string, row: TextRow): void {
    rows.delete(key);
    this.#undo.push(() => rows.set(key, row));
  }

  // Replaces a stored row.
  #put(table: Table, oldKey: string | null, row: TextRow): void {
    const isKeyed = table.version.primaryKey !== null;
    const key = oldKey !== null && !isKeyed ? oldKey : table.keyOf(row);
    const { rows } = table;
    if (key !== oldKey && rows.has(key)) {
      throw new Error(
        `duplicate key value violates unique constraint: the table "${table.version.schema}"."${table.version.name}" has a row with the primary key ${key} already`,
      );
    }
    const old = oldKey === null ? undefined : rows.get(oldKey);
    if (oldKey !== null && old !== undefined) this.#remove(table, oldKey, old);
    rows.set(key, row);
    this.#undo.push(() => rows.delete(key));
  }

  #matching(
    table: Table,
    where: FakeRow,
  ): readonly (readonly [string, TextRow])[] {
    const { columns, primaryKey } = table.version;
    checkColumns(table, where);
    const wanted = columns.filter(({ name }) => Object.hasOwn(where, name))
      .map(({ name, number, type }) =>
        [number, valueText(where[name], type)] as const
      );
    const texts = new Map(wanted);
    const isKey = primaryKey !== null && primaryKey.length === texts.size &&
      primaryKey.every((number) => texts.has(number));
    if (isKey) {
      const key = JSON.stringify(primaryKey.map((one) => texts.get(one)));
      const row = table.rows.get(key);
      if (row !== undefined) return [[key, row]];
    }
    const found = [...table.rows].filter(([, row]) =>
      wanted.every(([number, text]) => row[number - 1] === text)
    );
    if (found.length > 0) return found;
    throw new Error(
      `Cannot find a row of the table "${table.version.schema}"."${table.version.name}" with ${
        columns.filter(({ number }) => texts.has(number)).map((
          { name, number },
        ) => `${name} = ${texts.get(number)}`).join(", ") || "any values"
      }`,
    );
  }

  #oldRow(
    table: Table,
    row: TextRow,
    what: "update" | "delete from",
  ): OldRow {
    const { version } = table;
    if (version.replicaIdentity === "f") return { kind: "whole", row };
    const key = identityKey(version);
    if (key !== null) {
      return {
        kind: "key",
        row: row.map((text, i) => key.includes(i + 1) ? text : null),
      };
    }
    const names = [...this.#database.publications.keys()];
    if (!this.#database.publishes(names, version)) {
      return { kind: "whole", row };
    }
    throw new Error(
      `cannot ${what} table "${version.name}" because it does not have a replica identity and publishes ${
        what === "update" ? "updates" : "deletes"
      }`,
    );
  }
}

function checkColumns({ version }: Table, row: FakeRow): void {
  const unknown = Object.keys(row).find((name) =>
    version.columns.every((column) => column.name !== name)
  );
  if (unknown === undefined) return;
  throw new TypeError(
    `Cannot find the column "${unknown}": the table "${version.schema}"."${version.name}" has ${
      version.columns.map(({ name }) => `"${name}"`).join(", ")
    }`,
  );
}
