import type { Column } from "../events/relation.ts";
import { elementTypeOid, TYPE_OID } from "../values/type_oid.ts";
import { base64 } from "./base64.ts";
import {
  epochDays,
  epochTime,
  isoInterval,
  timeOfDay,
  zonedTime,
  zonedTimestamp,
} from "./debezium_time.ts";
import { JsonText, jsonText, quoteText } from "./json_text.ts";
import { isRangeLike, rangeText, SCALAR } from "./postgres_text.ts";

/** Encodes the values of one column as JSON. */
export type ValueWriter = (value: unknown) => string;

/** How to encode a column. */
export interface ColumnWriter {
  /** Encodes its values, other than `null`. */
  readonly write: ValueWriter;
  /** The placeholder for a value that the server did not send, as JSON. */
  readonly unavailable: string;
}

const UTF8 = new TextEncoder();

/**
 * Returns how to encode the values of a column.
 *
 * @param column The column.
 * @param unavailable The placeholder for a value that the server did not send.
 */
export function columnWriter(
  { typeOid, typeModifier }: Column,
  unavailable: string,
): ColumnWriter {
  const elementOid = elementTypeOid(typeOid);
  if (elementOid !== undefined) {
    return {
      write: arrayWriter(scalarWriter(elementOid, typeModifier)),
      unavailable: JSON.stringify([unavailable]),
    };
  }
  return {
    write: scalarWriter(typeOid, typeModifier),
    unavailable: JSON.stringify(
      typeOid === TYPE_OID.BYTEA
        ? base64(UTF8.encode(unavailable))
        : unavailable,
    ),
  };
}

function arrayWriter(element: ValueWriter): ValueWriter {
  return function write(value: unknown): string {
    if (!Array.isArray(value)) return plainValue(value);
    return `[${
      value.map((one: unknown) =>
        one === null ? "null" : Array.isArray(one) ? write(one) : element(one)
      ).join(",")
    }]`;
  };
}

// Milliseconds suffice for a precision of up to 3 digits.
function unitOf(typeModifier: number): "ms" | "us" {
  return typeModifier >= 0 && typeModifier <= 3 ? "ms" : "us";
}

// A value created by a function in `types` is none of these, and is encoded as it is.
function scalarWriter(typeOid: number, typeModifier: number): ValueWriter {
  const unit = unitOf(typeModifier);
  switch (typeOid) {
    case TYPE_OID.INT8:
      return (value) =>
        typeof value === "bigint" ? `${value}` : plainValue(value);
    case TYPE_OID.NUMERIC:
      return ofText((text) => text === "NaN" ? '"NAN"' : `"${text}"`);
    case TYPE_OID.BYTEA:
      return (value) =>
        value instanceof Uint8Array ? `"${base64(value)}"` : plainValue(value);
    case TYPE_OID.JSON:
    case TYPE_OID.JSONB:
      return (value) =>
        JSON.stringify(
          value instanceof JsonText ? value.text : jsonText(value),
        );
    case TYPE_OID.DATE:
      return ofText((text) => `${epochDays(text) ?? quoteText(text)}`);
    case TYPE_OID.TIMESTAMP:
      return ofText((text) => epochTime(text, unit) ?? quoteText(text));
    case TYPE_OID.TIMESTAMPTZ:
      return ofText((text) => quoteText(zonedTimestamp(text)));
    case TYPE_OID.TIME:
      return ofText((text) => `${timeOfDay(text, unit) ?? quoteText(text)}`);
    case TYPE_OID.TIMETZ:
      return ofText((text) => quoteText(zonedTime(text)));
    case TYPE_OID.INTERVAL:
      return ofText((text) => quoteText(isoInterval(text)));
    case TYPE_OID.BIT:
      return typeModifier === 1
        ? ofText((text) => text === "1" ? "true" : "false")
        : ofText(bitsText);
    case TYPE_OID.VARBIT:
      return ofText(bitsText);
    default:
      return plainValue;
  }
}

function ofText(write: (text: string) => string): ValueWriter {
  return (value) =>
    typeof value === "string" ? write(value) : plainValue(value);
}

function plainValue(value: unknown): string {
  switch (typeof value) {
    case "string":
      return quoteText(value);
    case "bigint":
      return `${value}`;
    case "object":
      return value === null ? "null" : objectValue(value);
    default:
      return jsonText(value);
  }
}

// A range is PostgreSQL's text; an hstore and a composite are the text of a JSON object.
function objectValue(value: object): string {
  if (Array.isArray(value)) return `[${value.map(plainValue).join(",")}]`;
  if (value instanceof Uint8Array) return `"${base64(value)}"`;
  if ("toJSON" in value) return jsonText(value);
  return quoteText(
    isRangeLike(value) ? rangeText(value, SCALAR) : jsonText(value),
  );
}

// io.debezium.data.Bits: bytes, the lowest first.
function bitsText(bits: string): string {
  const bytes = new Uint8Array(Math.ceil(bits.length / 8));
  for (let i = 0; i < bits.length; i++) {
    if (bits.charCodeAt(bits.length - 1 - i) === 0x31) {
      bytes[i >> 3]! |= 1 << (i & 7);
    }
  }
  return `"${base64(bytes)}"`;
}
