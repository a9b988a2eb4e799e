import type { AskCatalogOptions } from "./query_catalog.ts";
import type { Relation } from "../events/relation.ts";

/** The numbers of a table's columns (`attnum` in `pg_attribute`), by name. */
export type ColumnNumbers = ReadonlyMap<string, number>;

/** A column of a table as the catalog has it, dropped ones too. */
export interface CatalogAttribute {
  /** Its number: never used twice, and greater than those of older columns. */
  readonly number: number;
  /** Its name; `null` once it is dropped. */
  readonly name: string | null;
}

/** Asks for all columns a table ever had, in the order of their numbers. */
export type LookUpAttributes = (
  relationOid: number,
) => Promise<readonly CatalogAttribute[]>;

/** Makes the function that asks the catalog, each time on a connection of its own. */
export function attributeLookUp(options: AskCatalogOptions): LookUpAttributes {
  return async (relationOid) => {
    const { queryCatalog } = await import("./query_catalog.ts");
    const rows = await queryCatalog(
      "SELECT attnum, CASE WHEN NOT attisdropped THEN attname END " +
        "FROM pg_catalog.pg_attribute " +
        `WHERE attrelid OPERATOR(pg_catalog.=) ${relationOid} ` +
        "AND attnum OPERATOR(pg_catalog.>) 0 ORDER BY attnum",
      options,
    );
    return rows.map(([number, name]) => ({
      number: Number(number),
      name: name ?? null,
    }));
  };
}

/**
 * Finds out which columns of two descriptions of a table are the same one, by the numbers
 * that the catalog has for those of now. Those of before have to be concluded: columns
 * stand in the order of their numbers, and those which still have their names tell between
 * which numbers the others lay. A pure function.
 *
 * @param previous The table as it was.
 * @param relation The table as it is.
 * @param attributes Its columns in the catalog.
 * @returns The numbers in both; `null` where more than one answer is possible, and where
 * the catalog is ahead of the stream.
 */
export function columnNumbers(
  previous: Relation,
  relation: Relation,
  attributes: readonly CatalogAttribute[],
): { readonly previous: ColumnNumbers; readonly now: ColumnNumbers } | null {
  const live = new Map(
    attributes.flatMap(({ name, number }) =>
      name === null ? [] : [[name, number] as const]
    ),
  );
  const now = new Map<string, number>();
  for (const { name } of relation.columns) {
    const number = live.get(name);
    if (number === undefined) return null;
    now.set(name, number);
  }
  const before = new Map<string, number>();
  const dropped = attributes.filter(({ name }) => name === null)
    .map(({ number }) => number);
  const added = [...now].filter(([name]) =>
    previous.columns.every((column) => column.name !== name)
  ).map(([, number]) => number);
  let last = 0;
  let missing: string[] = [];
  for (const { name } of [...previous.columns, { name: null }]) {
    const next = name === null ? Infinity : live.get(name);
    if (name !== null && next === undefined) {
      missing.push(name);
      continue;
    }
    if (next === undefined || next <= last) return null;
    const between = (number: number) => number > last && number < next;
    const numbers = numbersOf(missing.length, {
      added: added.filter(between),
      dropped: dropped.filter(between),
      isEnd: next === Infinity,
    });
    if (numbers === null) return null;
    missing.forEach((one, at) => before.set(one, numbers[at] ?? 0));
    if (name !== null) before.set(name, next);
    missing = [];
    last = next;
  }
  return { previous: before, now };
}

// The numbers of columns whose names are gone: they got new ones, or were dropped.
function numbersOf(
  count: number,
  { added, dropped, isEnd }: {
    readonly added: readonly number[];
    readonly dropped: readonly number[];
    readonly isEnd: boolean;
  },
): readonly number[] | null {
  if (count === 0) return [];
  // At the end there may be new ones; those come behind.
  if (isEnd) {
    return dropped.length === 0 && added.length >= count
      ? added.slice(0, count)
      : null;
  }
  if (added.length === count) return added;
  return added.length + dropped.length === count
    ? [...added, ...dropped].sort((a, b) => a - b)
    : null;
}
