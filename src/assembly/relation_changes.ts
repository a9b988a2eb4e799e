import {
  type ColumnNumbers,
  columnNumbers,
  type LookUpAttributes,
} from "../catalog/column_numbers.ts";
import type { Column, Relation } from "../events/relation.ts";
import type { RelationChange } from "../events/relation_change.ts";

/**
 * Says what has changed from one description of a table to the next, as far as that can
 * be told. A column has no identity on the wire but its name; with its number in the
 * catalog a new name can be told from a new column. A pure function.
 *
 * @param previous The table as it was.
 * @param relation The table as it is.
 * @param numbers The columns' numbers in both, if they are known.
 * @returns The changes: of the table, of columns that were there, in their order, and
 * of those that are new.
 */
export function relationChanges(
  previous: Relation,
  relation: Relation,
  numbers?: { readonly previous: ColumnNumbers; readonly now: ColumnNumbers },
): RelationChange[] {
  const kept = keptColumns(previous.columns, relation.columns, (old, now) => {
    if (numbers === undefined) return old.name === now.name;
    return numbers.previous.get(old.name) === numbers.now.get(now.name);
  });
  const added = new Set(relation.columns);
  const changes = tableChanges(previous, relation);
  for (const old of previous.columns) {
    const now = kept.get(old);
    changes.push(...columnChanges(old, now));
    if (now !== undefined) added.delete(now);
  }
  for (const column of added) changes.push({ kind: "columnAdded", column });
  return changes;
}

/**
 * Says what has changed, with the catalog's help where what looks like one column less
 * and another one more may be a new name.
 *
 * @param previous The table as it was.
 * @param relation The table as it is.
 * @param lookUp Asks the catalog, if it may be asked. If it fails, nothing but names can
 * tell.
 */
export async function findChanges(
  previous: Relation,
  relation: Relation,
  lookUp: LookUpAttributes | null,
): Promise<RelationChange[]> {
  const changes = relationChanges(previous, relation);
  const kinds = changes.map(({ kind }) => kind);
  const mayBeRenamed = kinds.includes("columnDropped") &&
    kinds.includes("columnAdded");
  if (lookUp === null || !mayBeRenamed) return changes;
  const attributes = await lookUp(relation.oid).catch(() => []);
  const numbers = columnNumbers(previous, relation, attributes);
  return numbers === null
    ? changes
    : relationChanges(previous, relation, numbers);
}

// Columns never move. One that stands before another which it stood behind was dropped
// and added again.
function keptColumns(
  before: readonly Column[],
  after: readonly Column[],
  isSame: (old: Column, now: Column) => boolean,
): Map<Column, Column> {
  const kept = new Map<Column, Column>();
  let last = -1;
  for (const now of after) {
    const at = before.findIndex((old) => isSame(old, now));
    const old = before[at];
    if (old === undefined || at <= last) continue;
    kept.set(old, now);
    last = at;
  }
  return kept;
}

function tableChanges(
  previous: Relation,
  relation: Relation,
): RelationChange[] {
  const { schema, name, replicaIdentity } = previous;
  const renamed = schema !== relation.schema || name !== relation.name;
  const identified = replicaIdentity !== relation.replicaIdentity ||
    keysOf(previous) !== keysOf(relation);
  return [
    ...(renamed ? [{ kind: "tableRenamed", schema, name } as const] : []),
    ...(identified
      ? [{ kind: "replicaIdentityChanged", replicaIdentity } as const]
      : []),
  ];
}

function keysOf({ columns }: Relation): string {
  const keys = columns.filter(({ isKey }) => isKey).map(({ name }) => name);
  return JSON.stringify(keys);
}

function columnChanges(
  previous: Column,
  column: Column | undefined,
): RelationChange[] {
  if (column === undefined) {
    return [{ kind: "columnDropped", column: previous }];
  }
  const renamed = previous.name !== column.name;
  const retyped = previous.typeOid !== column.typeOid ||
    previous.typeModifier !== column.typeModifier;
  return [
    ...(renamed ? [{ kind: "columnRenamed", previous, column } as const] : []),
    ...(retyped ? [{ kind: "columnRetyped", previous, column } as const] : []),
  ];
}
