import { JsonText, jsonText } from "../../encode/json_text.ts";
import { isRangeLike, postgresText } from "../../encode/postgres_text.ts";
import { TYPE_OID } from "../../values/type_oid.ts";

/** A value that SQLite accepts as a parameter. */
export type SqliteValue = null | number | bigint | string | Uint8Array;

const INTEGERS: readonly number[] = [
  ...[TYPE_OID.BOOL, TYPE_OID.INT2, TYPE_OID.INT4, TYPE_OID.INT8],
  ...[TYPE_OID.OID, TYPE_OID.XID, TYPE_OID.CID],
];
const REALS: readonly number[] = [TYPE_OID.FLOAT4, TYPE_OID.FLOAT8];

/**
 * Returns the SQLite type for a column. Numbers beyond 64 bits, exact decimals, times and
 * documents are text, as in the stream.
 *
 * @param typeOid The type's OID in the source.
 */
export function sqliteType(
  typeOid: number,
): "INTEGER" | "REAL" | "BLOB" | "TEXT" {
  if (INTEGERS.includes(typeOid)) return "INTEGER";
  if (REALS.includes(typeOid)) return "REAL";
  return typeOid === TYPE_OID.BYTEA ? "BLOB" : "TEXT";
}

const MIN_INT64 = -(2n ** 63n);
const MAX_INT64 = 2n ** 63n - 1n;

/**
 * Converts a value for SQLite: booleans to 0 and 1, documents, arrays and composites to JSON
 * text, ranges to PostgreSQL's text. `NaN`, which SQLite lacks, is text.
 */
export function sqliteValue(value: unknown): SqliteValue {
  switch (typeof value) {
    case "string":
      return value;
    case "number":
      return Number.isNaN(value) ? "NaN" : value;
    case "bigint":
      return value >= MIN_INT64 && value <= MAX_INT64 ? value : `${value}`;
    case "boolean":
      return value ? 1 : 0;
    case "object":
      return value === null ? null : objectValue(value);
    default:
      return null;
  }
}

function objectValue(value: object): SqliteValue {
  if (value instanceof Uint8Array) return value;
  if (value instanceof JsonText) return value.text;
  if (value instanceof Date) return value.toISOString();
  return isRangeLike(value) ? postgresText(value) : jsonText(value);
}
