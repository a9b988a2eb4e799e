import { JsonText, jsonText } from "../../encode/json_text.ts";
import {
  isRangeLike,
  postgresText,
  type TextShape,
} from "../../encode/postgres_text.ts";

/** A column of a target table. */
export interface TargetColumn {
  /** Its name. */
  readonly name: string;
  /** The OID of its type. */
  readonly typeOid: number;
  /** Its type's name with the schema, quoted. */
  readonly type: string;
  /**
   * Whether its values are passed as arrays of text: for arrays of arrays and of composites,
   * unnest() would not create one row each.
   */
  readonly asText: boolean;
  /** The information needed to format its values. */
  readonly shape: TextShape;
  /** Whether it accepts any text, and therefore JSON for values of another type. */
  readonly isText: boolean;
  /** Whether it is generated, and therefore not written. */
  readonly isGenerated: boolean;
}

const NEEDS_ESCAPE = /["\\]/g;

/** Formats a value as its type's text; `null` for NULL. */
export function valueText(value: unknown, column: TargetColumn): string | null {
  switch (typeof value) {
    case "number":
    case "bigint":
      return Object.is(value, -0) ? "-0" : `${value}`;
    case "boolean":
      return `${value}`;
    case "string":
      return column.shape.kind === "json" ? JSON.stringify(value) : value;
    case "object":
      return value === null ? null : objectText(value, column);
    default:
      return null;
  }
}

function elementText(value: unknown, column: TargetColumn): string {
  const text = valueText(value, column);
  if (text === null) return "NULL";
  return typeof value === "string" || typeof value === "object"
    ? quote(text)
    : text;
}

function quote(text: string): string {
  return text.includes('"') || text.includes("\\")
    ? `"${text.replace(NEEDS_ESCAPE, "\\$&")}"`
    : `"${text}"`;
}

function objectText(value: object, { isText, shape }: TargetColumn): string {
  const isPlain = value instanceof Uint8Array || value instanceof Date ||
    value instanceof JsonText || isRangeLike(value);
  return isText && !isPlain ? jsonText(value) : postgresText(value, shape);
}

/** Formats the values of a column in several rows as the text of an array. */
export function arrayText(
  rows: readonly Readonly<Record<string, unknown>>[],
  column: TargetColumn,
): string {
  const { name } = column;
  let text = "{";
  for (let i = 0; i < rows.length; i++) {
    if (i > 0) text += ",";
    text += elementText(rows[i]![name], column);
  }
  return `${text}}`;
}
