import type { Relation } from "../events/relation.ts";
import type { AttributeNumbers, NumberRange } from "./attribute_numbers.ts";

/** A table as the stream describes it, before its primary key is known. */
export type DescribedTable = Omit<Relation, "primaryKey">;

/**
 * Finds the columns of a table's primary key.
 *
 * @param described The table, as the stream describes it.
 * @param numbers The numbers of its columns, if they are known.
 * @param primaryKey The primary key's column numbers in the catalog; `null` if there is none.
 * @returns The names, in the table's order; or the reason why there are none, for people.
 */
export function primaryKeyOf(
  { replicaIdentity, columns }: DescribedTable,
  numbers: AttributeNumbers | null,
  primaryKey: readonly number[] | null,
): readonly string[] | string {
  const marked = columns.flatMap(({ isKey, name }) => isKey ? [name] : []);
  const isMarked = replicaIdentity === "default" && marked.length > 0;
  // A marked column existed when the change was made.
  if (primaryKey === null) return isMarked ? marked : "it has none";
  const mayBe = ([low, high]: NumberRange) =>
    primaryKey.some((number) => low <= number && number <= high);
  const ranges = numbers?.ranges ?? [];
  const possible = ranges.flatMap((range, i) => mayBe(range) ? [i] : []);
  const isClear = numbers !== null &&
    possible.every((i) => ranges[i]![0] === ranges[i]![1]);
  const names = possible.map((i) => columns[i]!.name);
  const isWhole = names.length === primaryKey.length;
  if (isMarked) {
    // The stream is right about what it sends; only the catalog knows the rest.
    const lacksSome = isClear && !isWhole &&
      marked.every((name) => names.includes(name));
    return lacksSome ? NOT_SENT : marked;
  }
  if (!isClear) return "its columns have changed since then";
  return isWhole ? names : NOT_SENT;
}

const NOT_SENT = "a column of it is not published";
