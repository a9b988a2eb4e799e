import type { Row } from "../../events/relation.ts";
import type {
  ColumnDescription,
  TableDescription,
} from "../../snapshot/table_description.ts";
import { UNCHANGED } from "../../unchanged.ts";
import { sqlIdentifier } from "../../catalog/sql_literal.ts";
import { comparisonOf } from "./comparison_of.ts";
import type { Condition, Filter, FilterOperator } from "./parse_filter.ts";

/**
 * Whether a filter matches a row; `null` if that is unknown, because the server did not send
 * the value of a column.
 */
export type Matches = boolean | null;

/** A filter on the columns of one table. */
export interface BoundFilter {
  /** The filter as an SQL condition; `null` if it matches all rows. */
  readonly sql: string | null;
  /** The columns that it uses. */
  readonly columns: ReadonlySet<string>;
  /**
   * Returns whether it matches a row.
   *
   * @throws {TypeError} If a value is not of its column's type.
   */
  readonly matches: (row: Row) => Matches;
}

/**
 * Applies a filter to a table.
 *
 * @example
 * ```ts
 * import { bindFilter, parseFilter } from "@walbrook/walbrook/serve";
 * import { assertEquals } from "@std/assert";
 *
 * const type = { typeOid: 25, typeSchema: "pg_catalog", typeName: "text" };
 * const paid = bindFilter(parseFilter("status = 'paid'"), {
 *   table: "public.orders",
 *   columns: [{ name: "status", ...type }],
 *   key: null,
 *   replicaIdentity: "default",
 * });
 * assertEquals(paid.matches({ status: "open" }), false);
 * ```
 *
 * @param filter The filter.
 * @param table The table.
 * @returns The filter as SQL and as a function.
 * @throws {TypeError} If a column does not exist, or can't be compared like this.
 */
export function bindFilter(
  filter: Filter,
  table: TableDescription,
): BoundFilter {
  const tests = filter.map((condition) => bindCondition(condition, table));
  return {
    sql: tests.length === 0 ? null : tests.map(({ sql }) => sql).join(" AND "),
    columns: new Set(filter.map(({ column }) => column)),
    matches: (row) => {
      let isKnown = true;
      for (const { matches } of tests) {
        const taken = matches(row);
        if (taken === false) return false;
        if (taken === null) isKnown = false;
      }
      return isKnown ? true : null;
    },
  };
}

interface BoundCondition {
  readonly sql: string;
  readonly matches: (row: Row) => Matches;
}

function bindCondition(
  { column: name, operator, literal }: Condition,
  { table, columns }: TableDescription,
): BoundCondition {
  const column = columns.find((one) => one.name === name);
  if (column === undefined) {
    throw new TypeError(
      `Cannot filter by column ${name}: table ${table} has no such column, or it is not published`,
    );
  }
  if (literal === null) return bindNullTest(name, operator === "IS NULL");
  return bindComparison(column, operator, literal);
}

function bindNullTest(name: string, wanted: boolean): BoundCondition {
  return {
    sql: `${sqlIdentifier(name)} IS ${wanted ? "" : "NOT "}NULL`,
    matches: (row) => {
      const value = row[name];
      return isSent(value) ? (value === null) === wanted : null;
    },
  };
}

function bindComparison(
  column: ColumnDescription,
  operator: FilterOperator,
  literal: string,
): BoundCondition {
  const { columnSql, literalSql, isOrdered, compare } = comparisonOf(
    column,
    literal,
  );
  if (!isOrdered && operator !== "=" && operator !== "<>") {
    throw new TypeError(
      `Cannot compare column ${column.name} by ${operator}: values of type ${column.typeName} can only be compared by = and <>`,
    );
  }
  const test = TESTS[operator];
  const { name } = column;
  return {
    sql: `${columnSql} OPERATOR(pg_catalog.${operator}) ${literalSql}`,
    matches: (row) => {
      const value = row[name];
      if (!isSent(value)) return null;
      // A comparison with NULL is not true, so the row does not match.
      return value !== null && test(compare(value));
    },
  };
}

const TESTS: Readonly<Record<FilterOperator, (order: number) => boolean>> = {
  "=": (order) => order === 0,
  "<>": (order) => order !== 0,
  "<": (order) => order < 0,
  "<=": (order) => order <= 0,
  ">": (order) => order > 0,
  ">=": (order) => order >= 0,
  "IS NULL": () => false,
  "IS NOT NULL": () => true,
};

function isSent(value: unknown): boolean {
  return value !== undefined && value !== UNCHANGED;
}
