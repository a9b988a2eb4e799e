import { baseOf, type DataType } from "../catalog/data_type.ts";

const NUMBERS = ["int2", "int4", "int8", "oid", "float4", "float8", "numeric"];

/**
 * Compares two values of a key like an index, texts by their bytes (collation C).
 *
 * @param type The type of the column.
 * @returns Less than 0, 0, or greater than 0.
 */
export function compareTexts(a: string, b: string, type: DataType): number {
  const base = baseOf(type);
  if (base.form.kind === "enum") {
    return base.form.labels.indexOf(a) - base.form.labels.indexOf(b);
  }
  if (base.schema === "pg_catalog" && NUMBERS.includes(base.name)) {
    return compareNumbers(a, b);
  }
  return a < b ? -1 : a > b ? 1 : 0;
}

function compareNumbers(a: string, b: string): number {
  const isWhole = /^-?\d+$/;
  if (isWhole.test(a) && isWhole.test(b)) {
    const difference = BigInt(a) - BigInt(b);
    return difference < 0n ? -1 : difference > 0n ? 1 : 0;
  }
  return Number(a) - Number(b);
}
