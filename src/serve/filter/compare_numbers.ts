import { sqlIdentifier, sqlLiteral } from "../../catalog/sql_literal.ts";
import type { ColumnDescription } from "../../snapshot/table_description.ts";
import { type Comparison, notAValue, notOfType, order } from "./comparison.ts";

const INTEGER = /^[-+]?\d{1,19}$/;
const INT8_MAX = 2n ** 63n - 1n;
const DECIMAL = /^([-+]?)(\d{0,200})(?:\.(\d{1,200}))?$/;
const LONG_DECIMAL = /^([-+]?)(\d+)(?:\.(\d+))?$/;

/** Compares `int2`, `int4` and `int8`. */
export function integer(
  column: ColumnDescription,
  literal: string,
): Comparison {
  const number = INTEGER.test(literal)
    ? BigInt(literal.replace("+", ""))
    : null;
  if (number === null || number > INT8_MAX || number < -INT8_MAX - 1n) {
    throw notOfType(column, literal);
  }
  return {
    columnSql: sqlIdentifier(column.name),
    literalSql: `'${number}'::pg_catalog.int8`,
    isOrdered: true,
    compare: (value) => {
      if (typeof value !== "bigint" && !Number.isInteger(value)) {
        throw notAValue(column);
      }
      // These compare exactly with each other.
      const given = value as bigint | number;
      return given < number ? -1 : given > number ? 1 : 0;
    },
  };
}

/** A decimal number: its sign, and its digits before and after the point. */
interface Decimal {
  readonly sign: -1 | 0 | 1;
  readonly whole: string;
  readonly fraction: string;
}

/** Compares `numeric`. */
export function decimal(
  column: ColumnDescription,
  literal: string,
): Comparison {
  const number = parseDecimal(literal);
  if (number === null) throw notOfType(column, literal);
  return {
    columnSql: sqlIdentifier(column.name),
    literalSql: `${sqlLiteral(literal)}::pg_catalog.numeric`,
    isOrdered: true,
    compare: (value) => {
      const textual = typeof value === "string" ? value : String(value);
      // NaN is greater than all other values: the manual, "Numeric Types".
      if (textual === "NaN" || textual === "Infinity") return 1;
      if (textual === "-Infinity") return -1;
      const given = parseDecimal(textual);
      if (given === null) throw notAValue(column);
      return compareDecimals(given, number);
    },
  };
}

function parseDecimal(textual: string): Decimal | null {
  const match = DECIMAL.exec(textual) ?? LONG_DECIMAL.exec(textual);
  if (match === null || (!match[2] && !match[3])) return null;
  const whole = (match[2] ?? "").replace(/^0+/, "");
  const fraction = (match[3] ?? "").replace(/0+$/, "");
  const isZero = whole === "" && fraction === "";
  return { sign: isZero ? 0 : match[1] === "-" ? -1 : 1, whole, fraction };
}

function compareDecimals(a: Decimal, b: Decimal): number {
  if (a.sign !== b.sign) return a.sign - b.sign;
  const bySize = a.whole.length - b.whole.length ||
    order(a.whole, b.whole) || order(a.fraction, b.fraction);
  return bySize * a.sign;
}

/** Compares `float4` and `float8`. */
export function floating(
  column: ColumnDescription,
  literal: string,
): Comparison {
  const single = column.typeName === "float4";
  const round = single ? Math.fround : (x: number) => x;
  const isNumber = parseDecimal(literal) !== null ||
    ["NaN", "Infinity", "-Infinity"].includes(literal);
  const number = round(Number(literal));
  // A value that overflows is an error in SQL.
  const overflows = Number.isFinite(Number(literal))
    ? !Number.isFinite(number)
    : !/^(NaN|-?Infinity)$/.test(literal);
  if (!isNumber || overflows) throw notOfType(column, literal);
  return {
    columnSql: sqlIdentifier(column.name),
    literalSql: `'${number}'::pg_catalog.${column.typeName}`,
    isOrdered: true,
    compare: (value) => {
      if (typeof value !== "number") throw notAValue(column);
      const given = round(value);
      // NaN equals NaN and is greater than all other values: the manual, "Numeric Types".
      if (Number.isNaN(given)) return Number.isNaN(number) ? 0 : 1;
      if (Number.isNaN(number)) return -1;
      return given < number ? -1 : given > number ? 1 : 0;
    },
  };
}
