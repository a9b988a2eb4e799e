import {
  columnNames,
  type FakeColumn,
  type FakeReplicaIdentity,
  type FakeTable,
  type FakeTableChange,
} from "../options/fake_table.ts";
import { valueText } from "../values/value_text.ts";
import type { QualifiedName } from "../catalog/names.ts";
import type { TableColumn, TableVersion } from "../catalog/table_version.ts";
import type { TypeCatalog } from "../catalog/type_catalog.ts";

/** The context of a table's definition. */
export interface DefinitionContext {
  /** The existing types. */
  readonly types: TypeCatalog;
  /** The transaction that defines it. */
  readonly xid: number;
}

/**
 * Creates the definition of a new table.
 *
 * @param name Its name.
 * @param oid Its OID.
 * @param fake Its definition in the test.
 * @param context The types, and the transaction.
 * @throws {TypeError} If it is invalid.
 */
export function defineTable(
  name: QualifiedName,
  oid: number,
  fake: FakeTable,
  context: DefinitionContext,
): TableVersion {
  const columns = Object.entries(fake.columns).map(([name, column], i) =>
    defineColumn(name, i + 1, column, context)
  );
  const table = {
    ...name,
    ...{ oid, columns, dropped: [], attributes: columns.length },
    primaryKey: numbersOf(columns, columnNames(fake.primaryKey)),
  };
  return {
    ...table,
    ...identityOf(columns, fake.replicaIdentity ?? "default"),
  };
}

/**
 * Creates the definition of an altered table.
 *
 * @param table The table before.
 * @param change The change.
 * @param context The types, and the transaction.
 * @throws {TypeError} If the change is invalid.
 */
export function alterTable(
  table: TableVersion,
  change: FakeTableChange,
  context: DefinitionContext,
): TableVersion {
  const { columns, attributes } = table;
  if ("replicaIdentity" in change) {
    return { ...table, ...identityOf(columns, change.replicaIdentity) };
  }
  if ("addColumn" in change) {
    const { addColumn: name, as } = change;
    if (columns.some((column) => column.name === name)) {
      throw new TypeError(
        `column "${name}" of relation "${table.name}" already exists`,
      );
    }
    const column = defineColumn(name, attributes + 1, as, context);
    return {
      ...table,
      columns: [...columns, column],
      attributes: attributes + 1,
    };
  }
  const old = "dropColumn" in change ? change.dropColumn : change.renameColumn;
  const [number] = numbersOf(columns, [old]) ?? [];
  if ("renameColumn" in change) {
    return {
      ...table,
      columns: columns.map((column) =>
        column.number === number
          ? { ...column, name: change.to, changedBy: context.xid }
          : column
      ),
    };
  }
  const dropped = columns.filter((column) => column.number === number)
    .map((column) => ({ ...column, changedBy: context.xid }));
  return {
    ...table,
    columns: columns.filter((column) => column.number !== number),
    dropped: [...table.dropped, ...dropped],
    // An index is dropped with the first of its columns.
    primaryKey: without(table.primaryKey, number),
    identityIndex: without(table.identityIndex, number),
  };
}

function without(
  key: readonly number[] | null,
  number: number | undefined,
): readonly number[] | null {
  return number !== undefined && key?.includes(number) ? null : key;
}

function defineColumn(
  name: string,
  number: number,
  column: string | FakeColumn,
  { types, xid }: DefinitionContext,
): TableColumn {
  const given = typeof column === "string" ? { type: column } : column;
  const type = types.resolve(given.type);
  return {
    ...{ name, number, type },
    isToasted: given.toasted ?? false,
    defaultText: valueText(given.default, type),
    changedBy: xid,
    isFilled: false,
  };
}

function identityOf(
  columns: readonly TableColumn[],
  identity: FakeReplicaIdentity,
): Pick<TableVersion, "replicaIdentity" | "identityIndex"> {
  if (typeof identity === "object") {
    const identityIndex = numbersOf(columns, columnNames(identity.index));
    return { replicaIdentity: "i", identityIndex };
  }
  const letters = { default: "d", nothing: "n", full: "f" } as const;
  return { replicaIdentity: letters[identity], identityIndex: null };
}

function numbersOf(
  columns: readonly TableColumn[],
  names: readonly string[],
): readonly number[] | null {
  if (names.length === 0) return null;
  return names.map((name) => {
    const found = columns.find((column) => column.name === name);
    if (found !== undefined) return found.number;
    throw new TypeError(
      `Cannot use the column "${name}": the table has ${
        columns.map(({ name }) => `"${name}"`).join(", ") || "no columns"
      }`,
    );
  });
}
