import { parseTimestamp } from "../../timestamp_text.ts";
import type { ColumnDescription } from "../../snapshot/table_description.ts";
import { sqlIdentifier, sqlLiteral } from "../../catalog/sql_literal.ts";

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

type Make = (column: ColumnDescription, literal: string) => Comparison;

const INTEGER = /^[-+]?\d{1,19}$/;
const DECIMAL = /^([-+]?)(\d{0,200})(?:\.(\d{1,200}))?$/;
const INT8_MAX = 2n ** 63n - 1n;
const UUID = /^[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}$/;
const TIME =
  /^(\d{4}-\d\d-\d\d)(?:[ T](\d\d:\d\d)(?::(\d\d(?:\.\d{1,6})?))?)?(Z|[-+]\d\d(?::?\d\d)?)?$/;

const COMPARISONS: ReadonlyMap<string, Make> = new Map<string, Make>([
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

function integer(column: ColumnDescription, literal: string): Comparison {
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

function decimal(column: ColumnDescription, literal: string): Comparison {
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

const LONG_DECIMAL = /^([-+]?)(\d+)(?:\.(\d+))?$/;

function compareDecimals(a: Decimal, b: Decimal): number {
  if (a.sign !== b.sign) return a.sign - b.sign;
  const bySize = a.whole.length - b.whole.length ||
    order(a.whole, b.whole) || order(a.fraction, b.fraction);
  return bySize * a.sign;
}

function floating(column: ColumnDescription, literal: string): Comparison {
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
    // Both sides compare code points, whatever the column's collation.
    columnSql: `(${
      sqlIdentifier(column.name)
    }::pg_catalog.text COLLATE pg_catalog."C")`,
    literalSql: `${sqlLiteral(wanted)}::pg_catalog.text`,
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

function time(column: ColumnDescription, literal: string): Comparison {
  const { typeName, name } = column;
  const match = TIME.exec(literal);
  const isDate = typeName === "date";
  const hasZone = match?.[4] !== undefined;
  if (
    match === null || (isDate && (match[2] !== undefined || hasZone)) ||
    (hasZone && (typeName !== "timestamptz" || match[2] === undefined))
  ) throw notOfType(column, literal);
  const [, day = "", minutes = "00:00", seconds = "00", zone = "+00"] = match;
  const offset = zone === "Z" ? "+00" : zone.replace(
    /^([-+]\d\d):?(\d\d)$/,
    "$1:$2",
  );
  const canonical = `${day} ${minutes}:${seconds}${offset}`;
  const wanted = parseTimestamp(canonical);
  if (wanted === undefined || !isCalendarTime(day, minutes, seconds, offset)) {
    throw notOfType(column, literal);
  }
  const sql = isDate
    ? day
    : typeName === "timestamp"
    ? canonical.slice(0, -3)
    : canonical;
  return {
    columnSql: sqlIdentifier(name),
    literalSql: `'${sql}'::pg_catalog.${typeName}`,
    isOrdered: true,
    compare: (value) => {
      const given = typeof value === "string"
        ? parseTimestamp(withZone(value, typeName))
        : undefined;
      if (given === undefined) throw notAValue(column);
      return given < wanted ? -1 : given > wanted ? 1 : 0;
    },
  };
}

// Converts the server's text for a date or a timestamp to that of a timestamptz in UTC.
function withZone(value: string, typeName: string): string {
  if (typeName === "timestamptz" || value.endsWith("infinity")) return value;
  const time = typeName === "date" ? " 00:00:00" : "";
  return value.endsWith(" BC")
    ? `${value.slice(0, -3)}${time}+00 BC`
    : `${value}${time}+00`;
}

// February 30 and 24:30 are errors in SQL, and so is the year 0.
function isCalendarTime(
  day: string,
  minutes: string,
  seconds: string,
  offset: string,
): boolean {
  const date = new Date(`${day}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(day) &&
    !day.startsWith("0000") && /^([01]\d|2[0-3]):[0-5]\d$/.test(minutes) &&
    Number(seconds) < 60 && /^[-+](0\d|1[0-4])(:[0-5]\d)?$/.test(offset);
}

function enumeration(column: ColumnDescription, literal: string): Comparison {
  return {
    columnSql: `(${
      sqlIdentifier(column.name)
    }::pg_catalog.text COLLATE pg_catalog."C")`,
    literalSql: `${sqlLiteral(literal)}::pg_catalog.text`,
    // Only the server knows the order of an enumeration.
    isOrdered: false,
    compare: (value) => {
      if (typeof value !== "string") throw notAValue(column);
      return value === literal ? 0 : 1;
    },
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

function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function notOfType(column: ColumnDescription, literal: string): TypeError {
  return new TypeError(
    `Cannot compare column ${column.name} with ${
      JSON.stringify(literal)
    }: that is not a value of its type ${column.typeName}`,
  );
}

function notAValue(column: ColumnDescription): TypeError {
  return new TypeError(
    `Cannot filter by column ${column.name}: its values are not those of its type ${column.typeName}; leave the parser of that type as it is, or filter by another column`,
  );
}
