import { UNCHANGED } from "../unchanged.ts";
import { HEX } from "../values/text/hexadecimal.ts";

/**
 * A `json` or `jsonb` value as the server's unparsed text: JavaScript's numbers would lose
 * digits that the database has. {@linkcode JSON_AS_TEXT} creates such values.
 *
 * @example
 * ```ts
 * import { JsonText } from "@walbrook/walbrook/encode";
 * import { assertEquals } from "@std/assert";
 *
 * const value = new JsonText('{"n": 12345678901234567890}');
 * assertEquals(value.text, '{"n": 12345678901234567890}');
 * ```
 */
export class JsonText {
  /** The JSON, on one line. */
  readonly text: string;

  /**
   * Wraps a text.
   *
   * @param text The JSON, as the server sent it.
   */
  constructor(text: string) {
    // Within JSON strings, line breaks are always escaped.
    this.text = text.replace(/[\r\n]+/g, " ");
  }

  /** Returns the parsed value, for `JSON.stringify`. */
  toJSON(): unknown {
    return JSON.parse(this.text);
  }
}

/**
 * Keeps `json` and `jsonb` values as text, for the option `types` of `subscribe()`: encoders
 * then write every digit that the database has.
 *
 * @example
 * ```ts
 * import { JSON_AS_TEXT } from "@walbrook/walbrook/encode";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(JSON_AS_TEXT.jsonb("1e400").text, "1e400");
 * ```
 */
export const JSON_AS_TEXT: {
  readonly json: (text: string) => JsonText;
  readonly jsonb: (text: string) => JsonText;
} = {
  json: (text) => new JsonText(text),
  jsonb: (text) => new JsonText(text),
};

// Text that needs no escapes. Testing a short one is faster than JSON.stringify().
const PLAIN = /^[\x20\x21\x23-\x5b\x5d-\ud7ff\ue000-\uffff]*$/;
const LONGEST_TESTED = 64;

/** Encodes a text as a JSON string. */
export function quoteText(text: string): string {
  return text.length < LONGEST_TESTED && PLAIN.test(text)
    ? `"${text}"`
    : JSON.stringify(text);
}

/**
 * Encodes a value as JSON. Types that JSON lacks become a string: a `bigint` its digits,
 * bytes `\x` and hexadecimal digits, `NaN` and the infinities their names, as in PostgreSQL.
 *
 * @throws {TypeError} If the value is {@linkcode UNCHANGED}, which is not a value.
 */
export function jsonText(value: unknown): string {
  switch (typeof value) {
    case "string":
      return quoteText(value);
    case "number":
      return numberText(value);
    case "bigint":
      return `"${value}"`;
    case "boolean":
      return value ? "true" : "false";
    case "object":
      return value === null ? "null" : objectText(value);
    case "symbol":
      if (value === UNCHANGED) throw unchangedHasNoText();
      return "null";
    default:
      return "null";
  }
}

function unchangedHasNoText(): TypeError {
  return new TypeError(
    "Cannot write UNCHANGED as JSON: the server did not send the value",
  );
}

function numberText(value: number): string {
  // JSON has -0, which String() loses.
  if (value === 0) return Object.is(value, -0) ? "-0" : "0";
  return Number.isFinite(value) ? `${value}` : `"${value}"`;
}

function objectText(value: object): string {
  if (Array.isArray(value)) return arrayText(value);
  if (value instanceof Uint8Array) return `"\\\\x${hexText(value)}"`;
  if (value instanceof JsonText) return value.text;
  if ("toJSON" in value && typeof value.toJSON === "function") {
    return jsonText(value.toJSON());
  }
  let text = "{";
  for (const [name, member] of Object.entries(value)) {
    text += `${text.length > 1 ? "," : ""}${quoteText(name)}:${
      jsonText(member)
    }`;
  }
  return `${text}}`;
}

function arrayText(values: readonly unknown[]): string {
  let text = "[";
  for (let i = 0; i < values.length; i++) {
    text += i > 0 ? `,${jsonText(values[i])}` : jsonText(values[i]);
  }
  return `${text}]`;
}

/** Formats bytes as hexadecimal digits. */
export function hexText(bytes: Uint8Array): string {
  let text = "";
  for (let i = 0; i < bytes.length; i++) text += HEX[bytes[i]!];
  return text;
}
