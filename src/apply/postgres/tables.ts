import { planOf } from "../../encode/relation_plan.ts";
import type { KeyColumns } from "../../encode/row_key.ts";
import type { RelationEvent } from "../../events/event.ts";
import type { Column, Relation } from "../../events/relation.ts";
import type { RelationChange } from "../../events/relation_change.ts";
import { applyKeyColumns, type ChooseTable } from "../engine/apply_options.ts";
import { keylessError } from "../engine/target.ts";
import type { TargetColumn } from "./column.ts";
import {
  describeTarget,
  type FoundTable,
  type RunQuery,
} from "./describe_target.ts";
import { quoteName } from "./sql.ts";

/** The two parts of a target table's name. */
export interface TargetName {
  /** Its schema. */
  readonly schema: string;
  /** Its name. */
  readonly name: string;
}

/** Options for {@linkcode PostgresTables}. */
export interface PostgresTablesOptions {
  /** The name under which tables are recorded. */
  readonly name: string;
  /** The schema of the tables for records, quoted. */
  readonly bookkeeping: string;
  /** Whether to create and alter tables. */
  readonly manageTables: boolean;
  /** The columns that identify a row, for tables without a key. */
  readonly keys: KeyColumns | undefined;
  /** Returns the target of a table's changes. */
  readonly table: ChooseTable<TargetName>;
}

/** A table that is ready for changes. */
export interface PostgresTable {
  /** Its name with the schema, quoted. */
  readonly name: string;
  /** The columns that are sent and written. */
  readonly columns: readonly TargetColumn[];
  /** The columns that identify a row. */
  readonly keys: readonly string[];
  /** The options for finding an event's key. */
  readonly keyOptions: { readonly keys: KeyColumns };
  /** Whether the order of changes matters. */
  readonly isCareful: boolean;
}

// Types created in a database have other OIDs elsewhere.
const FIRST_OTHER_OID = 10_000;

/** Creates tables, and alters them like those of the source. */
export class PostgresTables {
  readonly #query: RunQuery;
  readonly #options: PostgresTablesOptions;

  constructor(query: RunQuery, options: PostgresTablesOptions) {
    this.#query = query;
    this.#options = options;
  }

  /**
   * Finds or creates a table with all the columns that are sent.
   *
   * @throws {TypeError} If its rows can't be identified, or the table does not fit.
   */
  async prepare(relation: Relation): Promise<PostgresTable> {
    const { manageTables, keys: chosen } = this.#options;
    const { table: source, keyColumns } = planOf(relation);
    const keys = applyKeyColumns(source, keyColumns, chosen);
    if (keys === null) throw keylessError(source);
    const target = this.#options.table(relation);
    const name = sqlName(target);
    if (manageTables) {
      await this.#rename(relation, target);
      await this.#make(target, relation, keys);
    }
    const found = await describeTarget(this.#query, name);
    if (found === null) {
      throw new TypeError(
        `Cannot apply changes of ${source}: table ${name} does not exist in the target`,
      );
    }
    const columns = relation.columns.map((column) =>
      needColumn(found, column, { source, name })
    );
    const isCareful = await this.#needUnique({ source, name, keys }, found);
    return {
      name,
      columns: columns.filter((column) => !column.isGenerated),
      keys,
      keyOptions: { keys: { [source]: keys } },
      isCareful,
    };
  }

  /** Applies changes of a table's definition, if the table exists. */
  async follow({ relation, changes }: RelationEvent): Promise<void> {
    if (!this.#options.manageTables || changes.length === 0) return;
    const target = this.#options.table(relation);
    await this.#rename(relation, target);
    for (const change of changes) {
      const found = await describeTarget(this.#query, sqlName(target));
      if (found === null) return;
      await this.#change(sqlName(target), found, change);
    }
  }

  /** Returns which of some tables exist. */
  async existing(relations: readonly Relation[]): Promise<string[]> {
    const names: string[] = [];
    for (const relation of relations) {
      const name = sqlName(this.#options.table(relation));
      if (await this.#exists(name)) names.push(name);
    }
    return names;
  }

  async #exists(name: string): Promise<boolean> {
    const { rows: [row] } = await this.#query(
      "SELECT to_regclass($1) IS NOT NULL AS found",
      [name],
    );
    return row?.found === true;
  }

  // A renamed table keeps its OID, and therefore its rows.
  async #rename(relation: Relation, target: TargetName): Promise<void> {
    const { bookkeeping, name: position } = this.#options;
    const { rows: [known] } = await this.#query(
      `SELECT schema_name, table_name FROM ${bookkeeping}.tables WHERE name = $1 AND oid = $2::oid`,
      [position, `${relation.oid}`],
    );
    const before = known &&
      { schema: `${known.schema_name}`, name: `${known.table_name}` };
    const isSame = before?.schema === target.schema &&
      before.name === target.name;
    if (isSame) return;
    if (before !== undefined && await this.#exists(sqlName(before))) {
      await this.#move(before, target);
    }
    await this.#query(
      `INSERT INTO ${bookkeeping}.tables (name, oid, schema_name, table_name) VALUES ($1, $2::oid, $3, $4)
ON CONFLICT (name, oid) DO UPDATE SET schema_name = excluded.schema_name, table_name = excluded.table_name`,
      [position, `${relation.oid}`, target.schema, target.name],
    );
  }

  async #move(before: TargetName, after: TargetName): Promise<void> {
    if (before.name !== after.name) {
      await this.#query(
        `ALTER TABLE ${sqlName(before)} RENAME TO ${quoteName(after.name)}`,
      );
    }
    if (before.schema === after.schema) return;
    await this.#makeSchema(after.schema);
    const moved = sqlName({ schema: before.schema, name: after.name });
    await this.#query(
      `ALTER TABLE ${moved} SET SCHEMA ${quoteName(after.schema)}`,
    );
  }

  async #makeSchema(schema: string): Promise<void> {
    const { rows: [row] } = await this.#query(
      "SELECT to_regnamespace($1) IS NOT NULL AS found",
      [quoteName(schema)],
    );
    if (row?.found === true) return;
    await this.#query(`CREATE SCHEMA IF NOT EXISTS ${quoteName(schema)}`);
  }

  async #make(
    target: TargetName,
    { columns }: Relation,
    keys: readonly string[],
  ): Promise<void> {
    const name = sqlName(target);
    const found = await describeTarget(this.#query, name);
    const missing = columns.filter((column) =>
      !found?.columns.has(column.name)
    );
    if (missing.length === 0) return;
    const types = await this.#typeNames(missing);
    const definitions = missing.map((column, i) =>
      `${quoteName(column.name)} ${types[i]}`
    );
    if (found !== null) {
      const added = definitions.map((one) => `ADD COLUMN ${one}`).join(", ");
      await this.#query(`ALTER TABLE ${name} ${added}`);
      return;
    }
    await this.#makeSchema(target.schema);
    await this.#query(
      `CREATE TABLE ${name} (${definitions.join(", ")}, PRIMARY KEY (${
        keys.map(quoteName).join(", ")
      }))`,
    );
  }

  // A type that is not built in becomes text: the target may not have it.
  async #typeNames(columns: readonly Column[]): Promise<string[]> {
    const items = columns.map(({ typeOid, typeModifier }) =>
      typeOid < FIRST_OTHER_OID
        ? `pg_catalog.format_type(${typeOid}, ${typeModifier})`
        : "'text'"
    );
    const { rows: [row] } = await this.#query(
      `SELECT ARRAY[${items.join(", ")}]::text[] AS types`,
    );
    return row!.types as string[];
  }

  async #change(
    name: string,
    found: FoundTable,
    change: RelationChange,
  ): Promise<void> {
    switch (change.kind) {
      case "columnDropped":
        return await this.#alter(
          name,
          `DROP COLUMN IF EXISTS ${quoteName(change.column.name)}`,
        );
      case "columnRenamed": {
        const [before, after] = [change.previous.name, change.column.name];
        if (!found.columns.has(before) || found.columns.has(after)) return;
        return await this.#alter(
          name,
          `RENAME COLUMN ${quoteName(before)} TO ${quoteName(after)}`,
        );
      }
      case "columnRetyped": {
        const { column } = change;
        if (!found.columns.has(column.name)) return;
        const [type] = await this.#typeNames([column]);
        const quoted = quoteName(column.name);
        return await this.#alter(
          name,
          `ALTER COLUMN ${quoted} TYPE ${type} USING ${quoted}::${type}`,
        );
      }
      default:
        // New columns are added when the table is prepared. Columns that are no longer sent,
        // but were not dropped, stay as they are.
        return;
    }
  }

  async #alter(name: string, action: string): Promise<void> {
    await this.#query(`ALTER TABLE ${name} ${action}`);
  }

  // Whether the order of changes matters; a new unique index may be the reason.
  async #needUnique(
    { source, name, keys }: {
      readonly source: string;
      readonly name: string;
      readonly keys: readonly string[];
    },
    { uniques, isCareful }: FoundTable,
  ): Promise<boolean> {
    const isThere = uniques.some((unique) =>
      unique.length === keys.length && keys.every((key) => unique.includes(key))
    );
    if (isThere) return isCareful;
    const columns = keys.map(quoteName).join(", ");
    if (!this.#options.manageTables) {
      throw new TypeError(
        `Cannot apply changes of ${source} to ${name}: it has no unique index on (${columns})`,
      );
    }
    await this.#query(`CREATE UNIQUE INDEX ON ${name} (${columns})`);
    return isCareful || uniques.length > 0;
  }
}

function needColumn(
  { columns }: FoundTable,
  { name: column }: Column,
  { source, name }: { readonly source: string; readonly name: string },
): TargetColumn {
  const found = columns.get(column);
  if (found !== undefined) return found;
  throw new TypeError(
    `Cannot apply changes of ${source} to ${name}: it has no column ${column}`,
  );
}

/** Formats a table's name with its schema, quoted. */
export function sqlName({ schema, name }: TargetName): string {
  return `${quoteName(schema)}.${quoteName(name)}`;
}
