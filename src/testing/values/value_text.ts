import {
  baseOf,
  type ColumnType,
  type DataType,
} from "../catalog/data_type.ts";
import { bytesText, jsonbText, timeText } from "./base_text.ts";
import { floatText, integerText, numericText } from "./number_text.ts";

/**
 * Formats a value like the output function of its type.
 *
 * @param value The value, of the same JavaScript type as in events.
 * @param column The type of its column.
 * @returns The text; `null` for NULL.
 * @throws {TypeError | RangeError} If the type does not have such a value.
 */
export function valueText(value: unknown, column: ColumnType): string | null {
  if (value === null || value === undefined) return null;
  const { type, modifier } = column;
  switch (type.form.kind) {
    case "domain":
      return valueText(value, type.form.base);
    case "array":
      return arrayText(value, { type: type.form.element, modifier });
    case "composite":
      return compositeText(value, type);
    case "enum":
      return enumText(value, type, type.form.labels);
    case "base":
      return baseText(value, column);
  }
}

// The types for which one value can be written in several ways.
function baseText(value: unknown, { type, modifier }: ColumnType): string {
  const { name } = type;
  switch (name) {
    case "bool":
      if (typeof value === "boolean") return value ? "t" : "f";
      break;
    case "int2":
    case "int4":
    case "int8":
    case "oid":
      return integerText(value, name);
    case "float4":
    case "float8":
      return floatText(value, name);
    case "numeric":
      return numericText(value, modifier);
    case "bytea":
      return bytesText(value);
    case "json":
      return JSON.stringify(value);
    case "jsonb":
      return jsonbText(value);
    case "date":
    case "time":
    case "timestamp":
    case "timestamptz":
      return timeText(value, name, modifier);
    case "uuid":
      if (typeof value === "string") return value.toLowerCase();
      break;
    case "bpchar":
    case "varchar":
      return characters(value, type, modifier);
    default:
      if (typeof value === "string") return value;
  }
  throw wrong(value, type);
}

function characters(value: unknown, type: DataType, modifier: number): string {
  if (typeof value !== "string") throw wrong(value, type);
  if (modifier < 0) return value;
  const length = modifier - 4;
  const characters = [...value];
  if (characters.length > length) {
    throw new RangeError(
      `Cannot store ${
        JSON.stringify(value)
      }: its column holds at most ${length} characters`,
    );
  }
  if (type.name === "varchar") return value;
  return value + " ".repeat(length - characters.length);
}

function enumText(
  value: unknown,
  type: DataType,
  labels: readonly string[],
): string {
  if (typeof value === "string" && labels.includes(value)) return value;
  throw new TypeError(
    `Cannot store ${
      show(value)
    }: it is not a label of the enum "${type.schema}"."${type.name}"`,
  );
}

// Source: array_out() in arrayfuncs.c.
function arrayText(value: unknown, element: ColumnType): string {
  if (!Array.isArray(value)) {
    throw new TypeError(
      `Cannot store ${show(value)} as an array of ${element.type.name}`,
    );
  }
  if (value.length === 0) return "{}";
  const isNested = value.every((one) => Array.isArray(one)) &&
    baseOf(element.type).form.kind !== "array" &&
    !["json", "jsonb"].includes(element.type.name);
  const parts = value.map((one) => {
    if (isNested) return arrayText(one, element);
    const text = valueText(one, element);
    return text === null ? "NULL" : quoteElement(text);
  });
  return `{${parts.join(",")}}`;
}

function quoteElement(text: string): string {
  const isPlain = text !== "" && !/["\\{},\s]/.test(text) &&
    text.toUpperCase() !== "NULL";
  return isPlain ? text : `"${text.replaceAll(/["\\]/g, "\\$&")}"`;
}

// Source: record_out() in rowtypes.c.
function compositeText(value: unknown, type: DataType): string {
  if (type.form.kind !== "composite" || typeof value !== "object") {
    throw wrong(value, type);
  }
  const fields = value as Readonly<Record<string, unknown>>;
  const { attributes } = type.form;
  const unknown = Object.keys(fields).find((name) =>
    attributes.every((attribute) => attribute.name !== name)
  );
  if (unknown !== undefined) {
    throw new TypeError(
      `Cannot store ${
        show(value)
      }: the type "${type.schema}"."${type.name}" has no attribute "${unknown}"`,
    );
  }
  const parts = attributes.map(({ name, type }) => {
    const text = valueText(fields[name], type);
    return text === null ? "" : quoteField(text);
  });
  return `(${parts.join(",")})`;
}

function quoteField(text: string): string {
  const isPlain = text !== "" && !/["\\(),\s]/.test(text);
  return isPlain ? text : `"${text.replaceAll(/["\\]/g, "$&$&")}"`;
}

function wrong(value: unknown, { schema, name }: DataType): TypeError {
  return new TypeError(
    `Cannot store ${show(value)} in a column of type "${schema}"."${name}"`,
  );
}

function show(value: unknown): string {
  if (typeof value === "bigint") return `${value}n`;
  if (typeof value === "string") return JSON.stringify(value);
  return typeof value === "object" ? "an object" : String(value);
}
