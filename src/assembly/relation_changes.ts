import type { NumberRange } from "../catalog/attribute_numbers.ts";
import type { FactsOfBoth } from "../catalog/relation_catalog.ts";
import type { Column, Relation } from "../events/relation.ts";
import type { RelationChange } from "../events/relation_change.ts";

/**
 * Finds the differences between two descriptions of a table. Columns are the same if they
 * have the same attribute number. If the catalog does not provide the numbers, columns with
 * the same name are considered the same, and the reason for other differences is unknown. A
 * pure function.
 *
 * @param previous The table before.
 * @param relation The table after.
 * @param facts The catalog's description of both; `null` if it can't be queried.
 * @returns The differences: of the table, of previous columns in their order, and of new
 * ones.
 */
export function relationChanges(
  previous: Relation,
  relation: Relation,
  facts: FactsOfBoth | null,
): RelationChange[] {
  const known = facts && isCredible(previous, relation, facts) ? facts : null;
  const kept = keptColumns(previous.columns, relation.columns, known);
  const found = new Set(kept);
  const before = known?.previous.numbers?.ranges ?? null;
  const now = known?.now.numbers?.ranges ?? null;
  const removed = before?.filter((_, i) => kept[i] === null) ?? [];
  const added = now?.filter((_, at) => !found.has(at)) ?? [];
  return [
    ...tableChanges(previous, relation, kept),
    ...previous.columns.flatMap((old, i) => {
      const at = kept[i] ?? null;
      return at === null
        ? [{
          kind: known && before
            ? removal(before[i]!, added, known)
            : "columnRemoved" as const,
          column: old,
        }]
        : columnChanges(old, relation.columns[at]!);
    }),
    ...relation.columns.flatMap((column, at) =>
      found.has(at) ? [] : [{
        kind: known && now
          ? addition(now[at]!, removed, known)
          : "columnAdded" as const,
        column,
      }]
    ),
  ];
}

const NO_FACTS = { previous: { numbers: null }, now: { numbers: null } };

// Whether inferred numbers agree with the names, if all previous columns still exist with
// their names and types.
function isCredible(
  previous: Relation,
  relation: Relation,
  { previous: { numbers: old }, now: { numbers: now } }: FactsOfBoth,
): boolean {
  if (!old?.isInferred && !now?.isInferred) return true;
  let at = -1;
  let agrees = true;
  for (const [i, before] of previous.columns.entries()) {
    at = relation.columns.findIndex(({ name, typeOid }, place) =>
      place > at && name === before.name && typeOid === before.typeOid
    );
    if (at < 0) return true;
    const range = now?.ranges[at];
    agrees &&= range === undefined ||
      isSame(before, relation.columns[at]!, old?.ranges[i] ?? range, range);
  }
  return agrees;
}

// For each previous column its index now, or null.
function keptColumns(
  before: readonly Column[],
  after: readonly Column[],
  facts: FactsOfBoth | null,
): readonly (number | null)[] {
  const { previous: { numbers: old }, now: { numbers: now } } = facts ??
    NO_FACTS;
  // With inferred numbers, another name may belong to another column.
  const isProven = !old?.isInferred && !now?.isInferred;
  const kept = before.map((): number | null => null);
  let last = -1;
  for (const [at, column] of after.entries()) {
    const i = before.findIndex((one, i) =>
      kept[i] === null &&
      (old === null || now === null
        ? one.name === column.name
        : (isProven || one.name === column.name) &&
          isSame(one, column, old.ranges[i]!, now.ranges[at]!))
    );
    // Columns never move. One that now precedes a column which it followed was dropped and
    // added again.
    if (i <= last) continue;
    kept[i] = at;
    last = i;
  }
  return kept;
}

function isSame(
  old: Column,
  now: Column,
  [oldLow, oldHigh]: NumberRange,
  [low, high]: NumberRange,
): boolean {
  if (oldLow === oldHigh && low === high) return low === oldLow;
  return overlaps([oldLow, oldHigh], [low, high]) && old.name === now.name &&
    old.typeOid === now.typeOid;
}

// Why a column is no longer sent.
function removal(
  [low, high]: NumberRange,
  added: readonly NumberRange[],
  { now: { table: { attributes } } }: FactsOfBoth,
): "columnDropped" | "columnUnpublished" | "columnRemoved" {
  const attribute = attributes.find(({ number }) => number === low);
  // A new column may be this one under another name.
  const mayBeThere = added.some((range) => overlaps(range, [low, high]));
  if (low !== high || attribute === undefined || mayBeThere) {
    return "columnRemoved";
  }
  return attribute.name === null ? "columnDropped" : "columnUnpublished";
}

// Why a column is sent now that was not before.
function addition(
  range: NumberRange,
  removed: readonly NumberRange[],
  { previous: { highestNumber } }: FactsOfBoth,
): "columnPublished" | "columnAdded" {
  const mayBeOld = removed.some((one) => overlaps(range, one));
  return range[1] <= highestNumber && !mayBeOld
    ? "columnPublished"
    : "columnAdded";
}

function overlaps(a: NumberRange, b: NumberRange): boolean {
  return a[0] <= b[1] && b[0] <= a[1];
}

function tableChanges(
  previous: Relation,
  relation: Relation,
  kept: readonly (number | null)[],
): RelationChange[] {
  const { schema, name, replicaIdentity, primaryKey } = previous;
  const changes: RelationChange[] = [];
  if (schema !== relation.schema || name !== relation.name) {
    changes.push({ kind: "tableRenamed", schema, name });
  }
  if (identityDiffers(previous, relation, kept)) {
    changes.push({ kind: "replicaIdentityChanged", replicaIdentity });
  }
  const namesNow = primaryKey?.map((name) =>
    nameNow(name, previous, relation, kept)
  );
  if (!sameNames(namesNow ?? null, relation.primaryKey)) {
    changes.push({ kind: "primaryKeyChanged", primaryKey });
  }
  return changes;
}

function identityDiffers(
  previous: Relation,
  relation: Relation,
  kept: readonly (number | null)[],
): boolean {
  if (previous.replicaIdentity !== relation.replicaIdentity) return true;
  // Every column is part of this identity, including new ones.
  if (relation.replicaIdentity === "full") return false;
  const before = previous.columns.flatMap(({ isKey }, i) =>
    isKey ? [kept[i] ?? null] : []
  );
  const now = relation.columns.filter(({ isKey }) => isKey);
  return before.length !== now.length ||
    before.some((at) => at === null || !relation.columns[at]!.isKey);
}

// The current name of a previous column, or null if it is gone.
function nameNow(
  name: string,
  previous: Relation,
  relation: Relation,
  kept: readonly (number | null)[],
): string | null {
  const at = kept[previous.columns.findIndex((one) => one.name === name)];
  return relation.columns[at ?? -1]?.name ?? null;
}

function sameNames(
  a: readonly (string | null)[] | null,
  b: readonly string[] | null,
): boolean {
  if (a === null || b === null) return a === b;
  return a.length === b.length && a.every((name, i) => name === b[i]);
}

function columnChanges(previous: Column, column: Column): RelationChange[] {
  const renamed = previous.name !== column.name;
  const retyped = previous.typeOid !== column.typeOid ||
    previous.typeModifier !== column.typeModifier;
  return [
    ...(renamed ? [{ kind: "columnRenamed", previous, column } as const] : []),
    ...(retyped ? [{ kind: "columnRetyped", previous, column } as const] : []),
  ];
}
