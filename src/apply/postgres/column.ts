import { JsonText, jsonText } from "../../encode/json_text.ts";
import {
  isRangeLike,
  postgresText,
  type TextShape,
} from "../../encode/postgres_text.ts";

/** A column of a table of the target. */
export interface TargetColumn {
  /** Its name. */
  readonly name: string;
  /** Its type's OID. */
  readonly typeOid: number;
  /** Its type's name with the schema, quoted. */
  readonly type: string;
  /**
   * Whether its values go through arrays of text: of arrays of arrays and of composites,
   * unnest() makes other rows than one for each.
   */
  readonly asText: boolean;
  /** What the text of its values depends on. */
  readonly shape: TextShape;
  /** Whether it takes any text, and so JSON for what has another form at the source. */
  readonly isText: boolean;
  /** Whether the database makes its values: it is not written. */
  readonly isGenerated: boolean;
}

const NEEDS_ESCAPE = /["\\]/g;

/** Writes a value as its type's text; `null` for NULL. */
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

/** Writes the values of a column of several rows as the text of an array. */
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
