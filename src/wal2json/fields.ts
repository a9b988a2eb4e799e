import { decodeText } from "../bytes/decode_text.ts";
import { UndecodedText } from "../pgoutput/undecoded_text.ts";
import { ProtocolError } from "../errors.ts";
import { type Lsn, parseLsn } from "../lsn.ts";
import type { UnixMicros } from "../timestamp.ts";
import { parseTimestamp } from "../timestamp_text.ts";
import { JsonNumber, type JsonObject, type JsonValue } from "./json_reader.ts";

/** The members of an object, each read as what it has to be. */
export class Fields {
  readonly #object: JsonObject;

  /**
   * @param value What should be an object.
   * @throws {ProtocolError} If it is none. As all methods here do, where the value has
   * another type.
   */
  constructor(value: JsonValue | undefined) {
    if (!(value instanceof Map)) throw malformed("expected an object");
    this.#object = value;
  }

  /** Whether there is such a member. */
  has(key: string): boolean {
    return this.#object.has(key);
  }

  /** Text. */
  string(key: string): string {
    const value = textOf(this.#object.get(key));
    if (typeof value === "string") return value;
    throw malformed(`expected text as "${key}"`);
  }

  /** Text, or `null` where there is none. */
  stringOrNull(key: string): string | null {
    return this.#isAbsent(key) ? null : this.string(key);
  }

  /** A truth value. */
  boolean(key: string): boolean {
    const value = this.#object.get(key);
    if (typeof value === "boolean") return value;
    throw malformed(`expected true or false as "${key}"`);
  }

  /** An unsigned 32-bit integer, or `null` where there is none. */
  uint32OrNull(key: string): number | null {
    return this.#isAbsent(key) ? null : uint32(this.#object.get(key), key);
  }

  /** A WAL position, or `null` where there is none. */
  lsnOrNull(key: string): Lsn | null {
    const text = this.stringOrNull(key);
    if (text === null) return null;
    try {
      return parseLsn(text);
    } catch {
      throw malformed(`expected an LSN as "${key}"`);
    }
  }

  /** A time, or `null` where there is none. */
  timeOrNull(key: string): UnixMicros | null {
    const text = this.stringOrNull(key);
    if (text === null) return null;
    const time = parseTimestamp(text);
    if (time === undefined) throw malformed(`expected a time as "${key}"`);
    return time;
  }

  /** An array, empty where there is none. */
  list(key: string): readonly JsonValue[] {
    return this.listOrNull(key) ?? [];
  }

  /** An array, or `null` where there is none. */
  listOrNull(key: string): readonly JsonValue[] | null {
    const value = this.#object.get(key);
    if (value === undefined) return null;
    if (Array.isArray(value)) return value;
    throw malformed(`expected an array as "${key}"`);
  }

  /** The value, whatever it is. */
  value(key: string): JsonValue {
    return this.#object.get(key) ?? null;
  }

  #isAbsent(key: string): boolean {
    return (this.#object.get(key) ?? null) === null;
  }
}

/** Reads an unsigned 32-bit integer. */
export function uint32(value: JsonValue | undefined, key: string): number {
  const number = value instanceof JsonNumber ? Number(value.text) : NaN;
  if (Number.isInteger(number) && number >= 0 && number < 2 ** 32) {
    return number;
  }
  throw malformed(`expected an unsigned 32-bit integer as "${key}"`);
}

/** Reads text of which no byte matters, such as a name. */
export function textOf(value: JsonValue | undefined): JsonValue | undefined {
  if (!(value instanceof UndecodedText)) return value;
  return decodeText(value, 0, value.length);
}

/** Says what is wrong with a message. */
export function malformed(problem: string): ProtocolError {
  return new ProtocolError(`Cannot decode a wal2json message: ${problem}`);
}
