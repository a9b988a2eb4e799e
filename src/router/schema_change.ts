import type { RelationEvent } from "../events/event.ts";
import type { Column, Relation } from "../events/relation.ts";
import type { RelationChange } from "../events/relation_change.ts";
import { tableName } from "../events/table_name.ts";
import type { TableShape } from "./table.ts";

/**
 * One difference between a table and what a program knows about it. It is a change in the
 * stream or, at the first description of the table, a difference from its shape.
 */
export type ShapeDifference =
  | RelationChange
  | {
    /** A column that the program reads does not exist, or is not published. */
    readonly kind: "columnMissing";
    /** Its name. */
    readonly name: string;
  }
  | {
    /** A column has another type than the program knows. */
    readonly kind: "columnTypeDiffers";
    /** The column. */
    readonly column: Column;
    /** The OID of the type that the program knows. */
    readonly expected: number;
  }
  | {
    /** The key has other columns than the program knows. */
    readonly kind: "keyDiffers";
    /** The key's columns as the program knows them. */
    readonly expected: readonly string[];
  };

/**
 * A table no longer matches the program: a column that it reads was dropped, renamed or has
 * another type, the table was renamed, or its key has changed.
 */
export interface SchemaChange {
  /** The kind. */
  readonly kind: "schemaChange";
  /** The table's name as the program knows it. */
  readonly table: string;
  /** The table as it is from now on. */
  readonly relation: Relation;
  /** The table before, if this stream has described it before. */
  readonly previous: Relation | null;
  /** The differences that matter to the program. */
  readonly differences: readonly ShapeDifference[];
}

/**
 * Returns whether a table has changed in a way that matters to a program. New columns do not
 * matter, nor does anything that the program does not read, if its shape says what it reads.
 *
 * @example A loop that ends when its types no longer hold
 * ```ts
 * import { type ReplicationEvent } from "@walbrook/walbrook";
 * import { SchemaChangeError, schemaChangeOf } from "@walbrook/walbrook/router";
 *
 * const shape = { key: ["id"], columns: { id: 20, total: 1700 } }; // tables["public.orders"]
 * function check(event: ReplicationEvent): void {
 *   if (event.kind !== "relation") return;
 *   const change = schemaChangeOf(event, shape);
 *   if (change !== null) throw new SchemaChangeError(change);
 * }
 * console.log(check.name);
 * ```
 *
 * @param event The event that describes the table.
 * @param shape What the program knows about the table, as in `tables` of a generated file.
 * @param table The table's name as the program knows it.
 * @returns The change; `null` if nothing that matters has changed.
 */
export function schemaChangeOf(
  event: RelationEvent,
  shape: TableShape = {},
  table: string = tableName(event.previous ?? event.relation),
): SchemaChange | null {
  const { relation, previous } = event;
  const reported = event.changes.filter((change) =>
    matters(change, event, shape)
  );
  const known = new Set(reported.flatMap(namesIn));
  const differences = [
    ...reported,
    ...differencesFrom(relation, shape).filter((difference) =>
      !namesIn(difference).some((name) => known.has(name))
    ),
  ];
  return differences.length === 0
    ? null
    : { kind: "schemaChange", table, relation, previous, differences };
}

function matters(
  change: RelationChange,
  { relation }: RelationEvent,
  { key, columns }: TableShape,
): boolean {
  const isRead = (name: string) =>
    columns === undefined || Object.hasOwn(columns, name);
  switch (change.kind) {
    case "columnAdded":
    case "columnPublished":
      return false;
    case "columnDropped":
    case "columnUnpublished":
    case "columnRemoved":
      return isRead(change.column.name);
    case "columnRenamed":
      return isRead(change.previous.name);
    case "columnRetyped":
      // A longer varchar, or a numeric with more digits, has the same type for a program.
      return isRead(change.column.name) &&
        change.previous.typeOid !== change.column.typeOid;
    case "tableRenamed":
      return true;
    case "replicaIdentityChanged":
      // Values that were always present may be missing from now on.
      return change.replicaIdentity === "full" &&
        relation.replicaIdentity !== "full";
    case "primaryKeyChanged":
      return change.primaryKey !== null &&
        relation.replicaIdentity !== "index" &&
        (key === undefined || relation.primaryKey === null);
  }
}

function differencesFrom(
  relation: Relation,
  { key, columns = {} }: TableShape,
): ShapeDifference[] {
  const byName = new Map(relation.columns.map((one) => [one.name, one]));
  const differences = Object.entries(columns).flatMap(
    ([name, expected]): ShapeDifference[] => {
      const column = byName.get(name);
      if (column === undefined) {
        return expected === null ? [] : [{ kind: "columnMissing", name }];
      }
      return expected && column.typeOid !== expected
        ? [{ kind: "columnTypeDiffers", column, expected }]
        : [];
    },
  );
  const present = keyOf(relation);
  if (key !== undefined && key.length > 0 && present !== null) {
    const isSame = key.length === present.length &&
      key.every((name) => present.includes(name));
    if (!isSame) differences.push({ kind: "keyDiffers", expected: key });
  }
  return differences;
}

/** The columns of `event.key`; `null` if they are unknown. */
function keyOf(relation: Relation): readonly string[] | null {
  return relation.replicaIdentity === "index"
    ? relation.columns.filter(({ isKey }) => isKey).map(({ name }) => name)
    : relation.primaryKey;
}

// The names by which the program may know the column.
function namesIn(difference: ShapeDifference): string[] {
  switch (difference.kind) {
    case "columnMissing":
      return [difference.name];
    case "columnRenamed":
      return [difference.previous.name];
    default:
      return "column" in difference ? [difference.column.name] : [];
  }
}

/**
 * Returns the columns that a program may read and that a table no longer has.
 *
 * @param change The change.
 * @param missing The columns that were missing before.
 */
export function missingColumns(
  { relation, differences }: SchemaChange,
  missing: Iterable<string> = [],
): Set<string> {
  const names = new Set(missing);
  for (const difference of differences) {
    for (const name of namesIn(difference)) names.add(name);
  }
  for (const { name } of relation.columns) names.delete(name);
  return names;
}

/**
 * A table no longer matches the program, and the policy is to stop. Deploy a program that
 * knows the table as it is now: nothing after the change was acknowledged.
 *
 * @example
 * ```ts
 * import { SchemaChangeError } from "@walbrook/walbrook/router";
 *
 * function changedTable(error: unknown): string | null {
 *   return error instanceof SchemaChangeError ? error.change.table : null;
 * }
 * console.log(changedTable(new Error("something else")));
 * ```
 */
export class SchemaChangeError extends Error {
  /** The change. */
  readonly change: SchemaChange;

  /**
   * Creates the error.
   *
   * @param change The change.
   */
  constructor(change: SchemaChange) {
    super(
      `Cannot continue with ${change.table}: ${
        change.differences.map((one) => describe(one, change)).join("; ")
      }; adapt the program, or set onSchemaChange`,
    );
    this.name = "SchemaChangeError";
    this.change = change;
  }
}

function describe(
  difference: ShapeDifference,
  { relation }: SchemaChange,
): string {
  switch (difference.kind) {
    case "columnAdded":
    case "columnPublished":
      return `column "${difference.column.name}" was added`;
    case "columnDropped":
      return `column "${difference.column.name}" was dropped`;
    case "columnUnpublished":
      return `column "${difference.column.name}" is no longer published`;
    case "columnRemoved":
      return `column "${difference.column.name}" no longer exists`;
    case "columnMissing":
      return `column "${difference.name}" does not exist`;
    case "columnRenamed":
      return `column "${difference.previous.name}" was renamed to "${difference.column.name}"`;
    case "columnRetyped":
      return `column "${difference.column.name}" has another type (OID ${difference.column.typeOid} instead of ${difference.previous.typeOid})`;
    case "columnTypeDiffers":
      return `column "${difference.column.name}" has another type (OID ${difference.column.typeOid} instead of ${difference.expected})`;
    case "tableRenamed":
      return `the table was renamed to ${tableName(relation)}`;
    case "replicaIdentityChanged":
      return "REPLICA IDENTITY is no longer FULL, so updates may omit values";
    case "primaryKeyChanged":
    case "keyDiffers":
      return `the key is now (${(keyOf(relation) ?? []).join(", ")})`;
  }
}
