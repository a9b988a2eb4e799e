import { fromByteString } from "../bytes/byte_string.ts";
import { decodeValueText } from "../pgoutput/decode_value_text.ts";
import type { UndecodedText } from "../pgoutput/undecoded_text.ts";
import { ProtocolError } from "../errors.ts";

/** A number in its written form, since a JavaScript number may not hold all its digits. */
export class JsonNumber {
  /** Its digits. */
  readonly text: string;

  /** @param text Its digits. */
  constructor(text: string) {
    this.text = text;
  }
}

/** An object: a map, so that no key has a special meaning. */
export type JsonObject = ReadonlyMap<string, JsonValue>;

/** A JSON value without any loss. */
export type JsonValue =
  | null
  | boolean
  | string
  | UndecodedText
  | JsonNumber
  | readonly JsonValue[]
  | JsonObject;

// The plugin's documents have five levels.
const MAX_DEPTH = 16;

const SPACE = 0x20;
const BACKSLASH = 0x5c;
const BLANK = /[ \t\r\n]*/y;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const END_OF_VALUE = /"[ \t\r\n]*[,\]}]/g;

// The plugin removes the outer quotes from the name of a type, and leaves others in it
// unchanged: "type":"Odd schema"."mood".
const TYPE_NAMES: ReadonlySet<string> = new Set(
  ["type", "columntypes", "keytypes", "pktypes"],
);

/**
 * Parses a document of wal2json, which is almost JSON. Unlike `JSON.parse`, it keeps every
 * digit of a number on every runtime, and accepts two mistakes of the plugin: quotes in names
 * of types, and a comma before the first element of an array.
 *
 * @param text The document.
 * @param isByteString Whether each character represents a byte, since the document is not
 * UTF-8.
 * @returns Its content.
 * @throws {ProtocolError} If it is malformed.
 */
export function readJson(text: string, isByteString = false): JsonValue {
  const reader = new JsonReader(text, isByteString);
  return reader.document();
}

class JsonReader {
  readonly #text: string;
  readonly #isByteString: boolean;
  #at = 0;
  #depth = 0;

  constructor(text: string, isByteString: boolean) {
    this.#text = text;
    this.#isByteString = isByteString;
  }

  document(): JsonValue {
    const value = this.#value("");
    this.#blank();
    if (this.#at < this.#text.length) throw this.#error("expected the end");
    return value;
  }

  // The key shows which mistakes the value may contain.
  #value(key: string): JsonValue {
    this.#blank();
    switch (this.#text[this.#at]) {
      case "{":
        return this.#nested(() => this.#object());
      case "[":
        return this.#nested(() => this.#array(key));
      case '"':
        return this.#decode(
          TYPE_NAMES.has(key) ? this.#typeName() : this.#string(),
        );
    }
    if (this.#accept("null")) return null;
    if (this.#accept("true")) return true;
    if (this.#accept("false")) return false;
    const digits = this.#match(NUMBER);
    if (digits) return new JsonNumber(digits);
    throw this.#error("expected a value");
  }

  #nested<T>(read: () => T): T {
    if (++this.#depth > MAX_DEPTH) throw this.#error("it is nested too deep");
    const value = read();
    this.#depth--;
    return value;
  }

  #decode(text: string): string | UndecodedText {
    if (!this.#isByteString) return text;
    const bytes = fromByteString(text);
    return decodeValueText(bytes, 0, bytes.length);
  }

  #object(): JsonObject {
    const object = new Map<string, JsonValue>();
    this.#at++;
    this.#blank();
    if (this.#accept("}")) return object;
    do {
      this.#blank();
      const key = this.#string();
      this.#blank();
      if (!this.#accept(":")) throw this.#error('expected ":"');
      object.set(key, this.#value(key));
      this.#blank();
    } while (this.#accept(","));
    if (!this.#accept("}")) throw this.#error('expected "," or "}"');
    return object;
  }

  #array(key: string): JsonValue[] {
    const array: JsonValue[] = [];
    this.#at++;
    this.#blank();
    if (this.#accept("]")) return array;
    // Some versions count a standalone message as one of the previous transaction.
    this.#accept(",");
    do {
      array.push(this.#value(key));
      this.#blank();
    } while (this.#accept(","));
    if (!this.#accept("]")) throw this.#error('expected "," or "]"');
    return array;
  }

  #string(): string {
    const start = this.#at;
    if (!this.#accept('"')) throw this.#error("expected a string");
    let end = this.#at;
    do {
      end = this.#text.indexOf('"', end) + 1;
      if (end === 0) throw this.#error("a string without an end");
    } while (this.#isEscaped(end - 1));
    this.#at = end;
    const quoted = this.#text.slice(start, end);
    if (!quoted.includes("\\")) return quoted.slice(1, -1);
    try {
      return JSON.parse(quoted);
    } catch {
      this.#at = start;
      throw this.#error("expected a string");
    }
  }

  // Whether an odd number of backslashes precedes a character.
  #isEscaped(index: number): boolean {
    let start = index;
    while (this.#text.charCodeAt(start - 1) === BACKSLASH) start--;
    return (index - start) % 2 === 1;
  }

  #typeName(): string {
    const start = this.#at + 1;
    END_OF_VALUE.lastIndex = start;
    const end = END_OF_VALUE.exec(this.#text)?.index;
    if (end === undefined) throw this.#error("expected a type");
    this.#at = end + 1;
    return this.#text.slice(start, end);
  }

  #blank(): void {
    // Without the option pretty-print there are few, and regular expressions are slow.
    if (this.#text.charCodeAt(this.#at) <= SPACE) this.#match(BLANK);
  }

  #accept(literal: string): boolean {
    const found = this.#text.startsWith(literal, this.#at);
    if (found) this.#at += literal.length;
    return found;
  }

  #match(pattern: RegExp): string | null {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0] ?? null;
    this.#at += found?.length ?? 0;
    return found;
  }

  #error(problem: string): ProtocolError {
    const found = JSON.stringify(this.#text.slice(this.#at, this.#at + 20));
    return new ProtocolError(
      `Cannot decode a wal2json message: ${problem} at character ${this.#at}, found ${found}`,
    );
  }
}
