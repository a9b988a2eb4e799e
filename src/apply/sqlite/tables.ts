import { planOf } from "../../encode/relation_plan.ts";
import type { RelationEvent } from "../../events/event.ts";
import type { Column, Relation } from "../../events/relation.ts";
import type { RelationChange } from "../../events/relation_change.ts";
import type { SqliteDatabase } from "./database.ts";
import { quoteName } from "./sql.ts";
import { sqliteType } from "./types.ts";
import type { KeyColumns } from "../../encode/row_key.ts";
import { applyKeyColumns, type ChooseTable } from "../engine/apply_options.ts";
import { keylessError } from "../engine/target.ts";

/** Options for {@linkcode SqliteTables}. */
export interface SqliteTablesOptions {
  /** The name under which tables are recorded. */
  readonly name: string;
  /** Whether to create and alter tables. */
  readonly manageTables: boolean;
  /** The columns that identify a row, for tables without a key. */
  readonly keys: KeyColumns | undefined;
  /** Returns the target of a table's changes. */
  readonly table: ChooseTable<string>;
}

/** A table that is ready for changes. */
export interface SqliteTable {
  /** Its name. */
  readonly name: string;
  /** The columns that are sent and that it has. */
  readonly columns: readonly string[];
  /** The columns that identify a row. */
  readonly keys: readonly string[];
}

/** Creates tables, and alters them like those of the source. */
export class SqliteTables {
  readonly #database: SqliteDatabase;
  readonly #options: SqliteTablesOptions;

  constructor(database: SqliteDatabase, options: SqliteTablesOptions) {
    this.#database = database;
    this.#options = options;
    database.exec(`CREATE TABLE IF NOT EXISTS walbrook_table (
  name TEXT NOT NULL, oid INTEGER NOT NULL, "table" TEXT NOT NULL,
  PRIMARY KEY (name, oid))`);
  }

  /**
   * Finds or creates a table with all the columns that are sent.
   *
   * @throws {TypeError} If its rows can't be identified, or the table does not fit.
   */
  prepare(relation: Relation): SqliteTable {
    const { manageTables, keys: chosen } = this.#options;
    const { table: source, keyColumns } = planOf(relation);
    const keys = applyKeyColumns(source, keyColumns, chosen);
    if (keys === null) throw keylessError(source);
    const name = this.#options.table(relation);
    if (manageTables) {
      this.#rename(relation, name);
      this.#make(name, relation, keys);
    }
    const columns = this.#columnsOf(name);
    const missing = relation.columns.filter((column) =>
      !columns.has(column.name)
    );
    if (missing.length > 0) {
      throw new TypeError(
        `Cannot apply changes of ${source} to ${name}: it has no column ${
          missing[0]!.name
        }`,
      );
    }
    this.#needUnique(source, name, keys);
    return { name, columns: relation.columns.map(({ name }) => name), keys };
  }

  /** Applies changes of a table's definition, if the table exists. */
  follow({ relation, changes }: RelationEvent): void {
    if (!this.#options.manageTables || changes.length === 0) return;
    const name = this.#options.table(relation);
    this.#rename(relation, name);
    if (this.#columnsOf(name).size === 0) return;
    for (const change of changes) this.#change(name, relation, change);
  }

  /** Returns which of some tables exist. */
  existing(relations: readonly Relation[]): string[] {
    return relations.map((relation) => this.#options.table(relation))
      .filter((name) => this.#columnsOf(name).size > 0);
  }

  #columnsOf(name: string): Map<string, string> {
    const rows = this.#database.prepare(
      "SELECT name, type FROM pragma_table_info(?)",
    )
      .all(name) as { name: string; type: string }[];
    return new Map(rows.map((row) => [row.name, row.type]));
  }

  // A renamed table keeps its OID, and therefore its rows.
  #rename(relation: Relation, name: string): void {
    const known = this.#database.prepare(
      'SELECT "table" FROM walbrook_table WHERE name = ? AND oid = ?',
    ).all(this.#options.name, relation.oid) as { table: string }[];
    const before = known[0]?.table;
    if (before === name) return;
    if (before !== undefined && this.#columnsOf(before).size > 0) {
      this.#database.exec(
        `ALTER TABLE ${quoteName(before)} RENAME TO ${quoteName(name)}`,
      );
    }
    this.#database.prepare(
      'INSERT INTO walbrook_table (name, oid, "table") VALUES (?, ?, ?) ON CONFLICT (name, oid) DO UPDATE SET "table" = excluded."table"',
    ).run(this.#options.name, relation.oid, name);
  }

  #make(name: string, { columns }: Relation, keys: readonly string[]): void {
    const present = this.#columnsOf(name);
    if (present.size === 0) {
      const definitions = columns.map(definitionOf);
      // The single column by which SQLite itself identifies rows.
      const isRowid = keys.length === 1 &&
        columns.some((column) =>
          column.name === keys[0] && sqliteType(column.typeOid) === "INTEGER"
        );
      this.#database.exec(
        `CREATE TABLE ${quoteName(name)} (${
          definitions.join(", ")
        }, PRIMARY KEY (${keys.map(quoteName).join(", ")}))${
          isRowid || keys.length === columns.length ? "" : " WITHOUT ROWID"
        }`,
      );
      return;
    }
    for (const column of columns) {
      if (present.has(column.name)) continue;
      this.#alter(name, `ADD COLUMN ${definitionOf(column)}`);
    }
  }

  #change(name: string, relation: Relation, change: RelationChange): void {
    switch (change.kind) {
      case "columnDropped": {
        const { column } = change;
        if (this.#columnsOf(name).has(column.name)) {
          this.#alter(name, `DROP COLUMN ${quoteName(column.name)}`);
        }
        return;
      }
      case "columnRenamed": {
        const { previous, column } = change;
        if (!this.#columnsOf(name).has(previous.name)) return;
        this.#alter(
          name,
          `RENAME COLUMN ${quoteName(previous.name)} TO ${
            quoteName(column.name)
          }`,
        );
        return;
      }
      case "columnRetyped":
        return this.#retype(name, relation, change.column);
      default:
        // New columns are added when the table is prepared. Columns that are no longer sent,
        // but were not dropped, stay as they are.
        return;
    }
  }

  // SQLite has four types, so most changes of type don't affect it.
  #retype(name: string, relation: Relation, column: Column): void {
    const type = sqliteType(column.typeOid);
    if (this.#columnsOf(name).get(column.name) === type) return;
    const { table: source, keyColumns } = planOf(relation);
    if (
      applyKeyColumns(source, keyColumns, this.#options.keys)?.includes(
        column.name,
      )
    ) {
      throw new TypeError(
        `Cannot give the key column ${column.name} of ${name} the type ${type}: SQLite can't change it; drop the table, and copy ${source} again`,
      );
    }
    const [old, fresh] = [column.name, `${column.name} (new)`].map(quoteName);
    this.#alter(name, `ADD COLUMN ${fresh} ${type}`);
    this.#database.exec(`UPDATE ${quoteName(name)} SET ${fresh} = ${old}`);
    this.#alter(name, `DROP COLUMN ${old}`);
    this.#alter(name, `RENAME COLUMN ${fresh} TO ${old}`);
  }

  #alter(name: string, action: string): void {
    this.#database.exec(`ALTER TABLE ${quoteName(name)} ${action}`);
  }

  #needUnique(source: string, name: string, keys: readonly string[]): void {
    if (this.#isUnique(name, keys)) return;
    const columns = keys.map(quoteName).join(", ");
    if (!this.#options.manageTables) {
      throw new TypeError(
        `Cannot apply changes of ${source} to ${name}: it has no unique index on (${columns})`,
      );
    }
    const index = quoteName(`${name} by ${keys.join(", ")}`);
    this.#database.exec(
      `CREATE UNIQUE INDEX ${index} ON ${quoteName(name)} (${columns})`,
    );
  }

  #isUnique(name: string, keys: readonly string[]): boolean {
    const primary = this.#database.prepare(
      "SELECT name FROM pragma_table_info(?) WHERE pk > 0",
    ).all(name) as { name: string }[];
    if (isSame(primary.map((row) => row.name), keys)) return true;
    const indexes = this.#database.prepare(
      'SELECT name FROM pragma_index_list(?) WHERE "unique" AND NOT partial',
    ).all(name) as { name: string }[];
    return indexes.some((index) => {
      const columns = this.#database.prepare(
        "SELECT name FROM pragma_index_info(?)",
      ).all(index.name) as { name: string }[];
      return isSame(columns.map((row) => row.name), keys);
    });
  }
}

function definitionOf({ name, typeOid }: Column): string {
  return `${quoteName(name)} ${sqliteType(typeOid)}`;
}

function isSame(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((one) => b.includes(one));
}
