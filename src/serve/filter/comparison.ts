import type { ColumnDescription } from "../../snapshot/table_description.ts";

/**
 * Compares the values of a column with a literal, with the same result in SQL and JavaScript.
 */
export interface Comparison {
  /** The column, in SQL. */
  readonly columnSql: string;
  /** The literal, in SQL. */
  readonly literalSql: string;
  /** Whether the order of values is the same on both sides. */
  readonly isOrdered: boolean;
  /**
   * Compares a value with the literal.
   *
   * @returns Less than 0, 0, or more than 0.
   * @throws {TypeError} If the value does not have the column's type.
   */
  readonly compare: (value: unknown) => number;
}

/**
 * Creates the comparison of a column with a literal.
 *
 * @throws {TypeError} If the literal is not a value of the column's type.
 */
export type MakeComparison = (
  column: ColumnDescription,
  literal: string,
) => Comparison;

/** Compares texts by code units. */
export function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** The error for a literal that is not a value of the column's type. */
export function notOfType(
  column: ColumnDescription,
  literal: string,
): TypeError {
  return new TypeError(
    `Cannot compare column ${column.name} with ${
      JSON.stringify(literal)
    }: that is not a value of its type ${column.typeName}`,
  );
}

/** The error for a value that does not have the column's type. */
export function notAValue(column: ColumnDescription): TypeError {
  return new TypeError(
    `Cannot filter by column ${column.name}: its values are not those of its type ${column.typeName}; leave the parser of that type as it is, or filter by another column`,
  );
}
