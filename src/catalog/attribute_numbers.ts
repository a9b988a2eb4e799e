import type { Column } from "../events/relation.ts";
import { xidPrecedes } from "../xid.ts";
import type { Attribute, CatalogTable } from "./table_query.ts";

/** The lowest and the highest possible number of a column; equal if it is known. */
export type NumberRange = readonly [lowest: number, highest: number];

/** The attribute numbers of a table's columns. */
export interface AttributeNumbers {
  /** The range of each column, in their order. */
  readonly ranges: readonly NumberRange[];
  /**
   * Whether they were inferred from the number of columns. That is correct unless a generated
   * column has become an ordinary one since.
   */
  readonly isInferred: boolean;
}

/**
 * Finds the attribute numbers of a table's columns at the time when a transaction changed the
 * table, in a catalog that may have changed since. A pure function.
 *
 * A catalog row that an earlier transaction wrote was the same at that time: it belongs to
 * the column with its name and type, and to no other. (A transaction that alters a table
 * locks out all others until its end. So of two transactions that concern the same table, the
 * one with the lower id usually comes first.) Any other row may have had another name, or may
 * not have existed. Columns are ordered by number, which often leaves only one possibility;
 * if all columns are published, it nearly always does.
 *
 * @param columns The columns, as the stream describes them.
 * @param table The table in the catalog.
 * @param xid The transaction's id.
 * @returns The numbers; `null` if the catalog contradicts the columns.
 */
export function attributeNumbers(
  columns: readonly Column[],
  table: CatalogTable,
  xid: number,
): AttributeNumbers | null {
  const { attributes } = table;
  if (isUnchanged(columns, attributes, xid)) {
    const ranges = attributes.map(({ number }): NumberRange => [
      number,
      number,
    ]);
    return { ranges, isInferred: false };
  }
  const isCertain = attributes.map((one) => xidPrecedes(one.changedBy, xid));
  const certainNames = new Set(
    attributes.flatMap(({ name }, at) => isCertain[at] ? [name] : []),
  );
  const mayBe = (column: Column, at: number) =>
    isCertain[at]
      ? isLike(column, attributes[at]!)
      : !certainNames.has(column.name);
  const lowest: number[] = [];
  let at = 0;
  for (const column of columns) {
    while (at < attributes.length && !mayBe(column, at)) at++;
    if (at === attributes.length) return null;
    lowest.push(at++);
  }
  const highest: number[] = [];
  at = attributes.length - 1;
  for (const column of columns.toReversed()) {
    while (!mayBe(column, at)) at--;
    highest.push(at--);
  }
  highest.reverse();
  const isClear = lowest.every((low, i) => low === highest[i]);
  const inferred = isClear || !sendsAll(table, xid)
    ? null
    : inferPlaces(columns, attributes, { isCertain, mayBe });
  const ranges = lowest.map((low, i): NumberRange => [
    attributes[inferred?.[i] ?? low]!.number,
    attributes[inferred?.[i] ?? highest[i]!]!.number,
  ]);
  return { ranges, isInferred: inferred !== null };
}

// Whether the catalog has exactly these columns, and had them before the transaction, as with
// nearly all tables.
function isUnchanged(
  columns: readonly Column[],
  attributes: readonly Attribute[],
  xid: number,
): boolean {
  return columns.length === attributes.length &&
    attributes.every((one, i) =>
      xidPrecedes(one.changedBy, xid) && isLike(columns[i]!, one)
    );
}

// A table has consecutive numbers, and only those of columns dropped earlier are missing. So
// if all columns are sent, they have the first of the remaining numbers.
function inferPlaces(
  columns: readonly Column[],
  attributes: readonly Attribute[],
  { isCertain, mayBe }: {
    readonly isCertain: readonly boolean[];
    readonly mayBe: (column: Column, at: number) => boolean;
  },
): readonly number[] | null {
  const names = new Set(columns.map(({ name }) => name));
  const places = attributes.flatMap(({ name, isGenerated }, at) => {
    const isLeftOut = isCertain[at] &&
      (name === null || (isGenerated && !names.has(name)));
    return isLeftOut ? [] : [at];
  }).slice(0, columns.length);
  if (!columns.every((column, i) => mayBe(column, places[i]!))) return null;
  // If all still have their names and types, but elsewhere, one may have been generated.
  const named = placesByName(columns, attributes);
  return named?.some((at, i) => at !== places[i]) ? null : places;
}

/**
 * Finds columns by name and type, in their order.
 *
 * @returns Their indexes in the catalog; `null` unless all are found.
 */
export function placesByName(
  columns: readonly Column[],
  attributes: readonly Attribute[],
): readonly number[] | null {
  const places: number[] = [];
  let at = -1;
  for (const column of columns) {
    at = attributes.findIndex((one, i) => i > at && isLike(column, one));
    if (at < 0) return null;
    places.push(at);
  }
  return places;
}

// Whether all columns except generated ones were published when a transaction changed a
// table.
function sendsAll({ memberships }: CatalogTable, xid: number): boolean {
  return memberships.every(({ isWhole }) => isWhole) &&
    memberships.some(({ changedBy }) => xidPrecedes(changedBy, xid));
}

/**
 * Finds the highest number that a table certainly had when a transaction changed it: a column
 * with a number up to it is not new.
 *
 * @param numbers The numbers of its columns, if they are known.
 * @param attributes The catalog's rows, by number.
 * @param xid The transaction's id.
 */
export function highestNumber(
  numbers: AttributeNumbers | null,
  attributes: readonly Attribute[],
  xid: number,
): number {
  const certain = attributes.findLast((one) => xidPrecedes(one.changedBy, xid));
  return Math.max(certain?.number ?? 0, numbers?.ranges.at(-1)?.[0] ?? 0);
}

// Whether a column has the name and type of a catalog row.
function isLike(column: Column, attribute: Attribute): boolean {
  const { name, typeOid, typeModifier } = attribute;
  if (column.name !== name) return false;
  // Plugins other than pgoutput do not send all types: an OID below 0 is a placeholder.
  return column.typeOid < 0 ||
    (column.typeOid === typeOid && column.typeModifier === typeModifier);
}
