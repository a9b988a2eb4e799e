import { sqlIdentifier, sqlLiteral } from "../../catalog/sql_literal.ts";
import type { ColumnDescription } from "../../snapshot/table_description.ts";
import { decimal, floating, integer } from "./compare_numbers.ts";
import { time } from "./compare_times.ts";
import {
  type Comparison,
  type MakeComparison,
  notAValue,
  notOfType,
  order,
} from "./comparison.ts";

const UUID = /^[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}$/;

const COMPARISONS: ReadonlyMap<string, MakeComparison> = new Map<
  string,
  MakeComparison
>([
  ["int2", integer],
  ["int4", integer],
  ["int8", integer],
  ["numeric", decimal],
  ["float4", floating],
  ["float8", floating],
  ["bool", boolean],
  ["text", text],
  ["varchar", text],
  ["bpchar", text],
  ["uuid", uuid],
  ["date", time],
  ["timestamp", time],
  ["timestamptz", time],
]);

/**
 * Returns how to compare the values of a column with a literal.
 *
 * @throws {TypeError} If values of the column's type can't be compared, or the literal is not
 * one of them.
 */
export function comparisonOf(
  column: ColumnDescription,
  literal: string,
): Comparison {
  const { typeSchema, typeName } = column;
  const make = typeSchema === "pg_catalog"
    ? COMPARISONS.get(typeName)
    : enumeration;
  if (make === undefined) {
    throw new TypeError(
      `Cannot filter by column ${column.name}: its type ${typeName} can't be compared; use IS NULL or IS NOT NULL, or another column`,
    );
  }
  if (/\p{Surrogate}|\0/u.test(literal)) throw notOfType(column, literal);
  return make(column, literal);
}

function boolean(column: ColumnDescription, literal: string): Comparison {
  if (literal !== "true" && literal !== "false") {
    throw notOfType(column, literal);
  }
  const wanted = Number(literal === "true");
  return {
    columnSql: sqlIdentifier(column.name),
    literalSql: `'${literal}'::pg_catalog.bool`,
    isOrdered: true,
    compare: (value) => {
      if (typeof value !== "boolean") throw notAValue(column);
      return Number(value) - wanted;
    },
  };
}

function text(column: ColumnDescription, literal: string): Comparison {
  // Trailing spaces of a char(n) are insignificant: the manual, "Character Types".
  const trim = column.typeName === "bpchar"
    ? (given: string) => given.replace(/ +$/, "")
    : (given: string) => given;
  const wanted = trim(literal);
  return {
    ...textSql(column, wanted),
    isOrdered: true,
    compare: (value) => {
      if (typeof value !== "string") throw notAValue(column);
      return compareCodePoints(trim(value), wanted);
    },
  };
}

function uuid(column: ColumnDescription, literal: string): Comparison {
  const wanted = literal.toLowerCase();
  if (!UUID.test(wanted)) throw notOfType(column, literal);
  return {
    columnSql: sqlIdentifier(column.name),
    literalSql: `'${wanted}'::pg_catalog.uuid`,
    isOrdered: true,
    compare: (value) => {
      if (typeof value !== "string") throw notAValue(column);
      return order(value.toLowerCase(), wanted);
    },
  };
}

function enumeration(column: ColumnDescription, literal: string): Comparison {
  return {
    ...textSql(column, literal),
    // Only the server knows the order of an enumeration.
    isOrdered: false,
    compare: (value) => {
      if (typeof value !== "string") throw notAValue(column);
      return value === literal ? 0 : 1;
    },
  };
}

// Both sides compare code points, whatever the column's collation.
function textSql(
  column: ColumnDescription,
  literal: string,
): Pick<Comparison, "columnSql" | "literalSql"> {
  return {
    columnSql: `(${
      sqlIdentifier(column.name)
    }::pg_catalog.text COLLATE pg_catalog."C")`,
    literalSql: `${sqlLiteral(literal)}::pg_catalog.text`,
  };
}

/** Compares texts by code points, like PostgreSQL's collation "C" in UTF-8. */
function compareCodePoints(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x !== y) return rank(x) - rank(y);
  }
  return a.length - b.length;
}

// Surrogates represent code points above all others.
function rank(unit: number): number {
  return unit >= 0xd800 && unit < 0xe000 ? unit + 0x10000 : unit;
}
