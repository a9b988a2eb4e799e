import { sqlIdentifier } from "../../catalog/sql_literal.ts";
import type { ColumnDescription } from "../../snapshot/table_description.ts";
import { parseTimestamp } from "../../timestamp_text.ts";
import { type Comparison, notAValue, notOfType } from "./comparison.ts";

const TIME =
  /^(\d{4}-\d\d-\d\d)(?:[ T](\d\d:\d\d)(?::(\d\d(?:\.\d{1,6})?))?)?(Z|[-+]\d\d(?::?\d\d)?)?$/;

/** Compares `date`, `timestamp` and `timestamptz`. */
export function time(column: ColumnDescription, literal: string): Comparison {
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
