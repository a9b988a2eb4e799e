import { baseOf, type DataType } from "../catalog/data_type.ts";
import { identityKey, type TableVersion } from "../catalog/table_version.ts";
import type { Table } from "../store/table.ts";

type Row = readonly (string | null)[];

/**
 * Returns a result row of `tableQuery()` of `src/catalog/table_query.ts`.
 *
 * @param table The table.
 * @param publications How many of the requested publications publish it.
 */
export function describedTable(table: Table, publications: number): Row {
  const { oid, primaryKey, columns, dropped } = table.version;
  const list = [
    ...columns.map(({ number, name, type, changedBy }) => [
      ...[number, name, type.type.oid, type.modifier, false],
      String(changedBy),
    ]),
    ...dropped.map(({ number, type, changedBy }) => [
      ...[number, null, 0, type.modifier, false, String(changedBy)],
    ]),
  ].sort(([a], [b]) => Number(a) - Number(b));
  const memberships = Array.from({ length: publications }, () => ["0", true]);
  return [
    String(oid),
    primaryKey === null ? null : JSON.stringify(primaryKey),
    JSON.stringify(list),
    memberships.length === 0 ? null : JSON.stringify(memberships),
  ];
}

/**
 * Returns a result row of `tableQuery()` of `src/snapshot/read/table_query.ts`.
 *
 * @param table The table.
 */
export function copiedTable(table: Table): Row {
  const { version, fileNode } = table;
  const { oid, schema, name, replicaIdentity, attributes } = version;
  return [
    ...[String(oid), schema, name, "r", replicaIdentity, String(fileNode)],
    // Never analyzed, and without pages.
    ...[null, "0", "[null]", String(attributes)],
    JSON.stringify(copiedColumns(version)),
    copiedKey(version),
    ...["t", "f", signature(table)],
  ];
}

/** Returns a text that changes with the definition of a table. */
export function signature({ version, changes }: Table): string {
  return `${version.oid}.${changes}`;
}

function copiedColumns(table: TableVersion): unknown[] {
  const identity = identityKey(table);
  return table.columns.map(({ number, name, type, isFilled }) => {
    const base = baseOf(type.type);
    return [
      ...[number, name, type.type.oid, type.modifier],
      table.replicaIdentity === "f" || (identity?.includes(number) ?? null),
      // All values come as text.
      ...[base.schema, base.name, false, isFilled],
    ];
  });
}

function copiedKey(table: TableVersion): string | null {
  const key = table.replicaIdentity === "i"
    ? table.identityIndex
    : table.primaryKey;
  if (key === null) return null;
  const columns = key.map((number) => {
    const { name, type } = table.columns.find((one) => one.number === number)!;
    const { schema, name: typeName } = type.type;
    const operators = [">", "<", "="].flatMap((one) => ["pg_catalog", one]);
    return [name, schema, typeName, ...operators];
  });
  return JSON.stringify(columns);
}

/** Returns a result row of `typeQuery()` of `src/catalog/type_query.ts`. */
export function describedType(type: DataType): Row {
  const { oid, schema, name, form } = type;
  const [kind, part, send] = partsOf(type);
  const attributes = form.kind === "composite"
    ? JSON.stringify(
      form.attributes.map(({ name, type }) => [name, String(type.type.oid)]),
    )
    : null;
  return [String(oid), schema, name, kind, String(part), ",", send, attributes];
}

function partsOf(
  { name, form }: DataType,
): readonly [kind: string, part: number, send: string] {
  switch (form.kind) {
    case "array":
      return ["a", form.element.oid, "array_send"];
    case "composite":
      return ["c", 0, "record_send"];
    case "domain":
      return ["d", form.base.type.oid, partsOf(baseOf(form.base.type))[2]];
    case "enum":
      return ["e", 0, "enum_send"];
    case "base":
      return ["b", 0, `${name}send`];
  }
}
