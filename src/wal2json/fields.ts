import { decodeText } from "../bytes/decode_text.ts";
import { UndecodedText } from "../pgoutput/undecoded_text.ts";
import { ProtocolError } from "../errors.ts";
import { type Lsn, parseLsn } from "../lsn.ts";
import type { UnixMicros } from "../timestamp.ts";
import { parseTimestamp } from "../timestamp_text.ts";
import { JsonNumber, type JsonObject, type JsonValue } from "./json_reader.ts";

/** The members of an object, which are read with their expected types. */
export class Fields {
  readonly #object: JsonObject;

  /**
   * @param value The value, which should be an object.
   * @throws {ProtocolError} If it is not an object. All methods throw this if a value has
   * another type.
   */
  constructor(value: JsonValue | undefined) {
    if (!(value instanceof Map)) throw malformed("expected an object");
    this.#object = value;
  }

  /** Whether a member exists. */
  has(key: string): boolean {
    return this.#object.has(key);
  }

  /** Reads text. */
  string(key: string): string {
    const value = textOf(this.#object.get(key));
    if (typeof value === "string") return value;
    throw malformed(`expected text as "${key}"`);
  }

  /** Reads text; `null` if it is missing. */
  stringOrNull(key: string): string | null {
    return this.#isAbsent(key) ? null : this.string(key);
  }

  /** Reads a boolean. */
  boolean(key: string): boolean {
    const value = this.#object.get(key);
    if (typeof value === "boolean") return value;
    throw malformed(`expected true or false as "${key}"`);
  }

  /** Reads an unsigned 32-bit integer; `null` if it is missing. */
  uint32OrNull(key: string): number | null {
    return this.#isAbsent(key) ? null : uint32(this.#object.get(key), key);
  }

  /** Reads a WAL position; `null` if it is missing. */
  lsnOrNull(key: string): Lsn | null {
    const text = this.stringOrNull(key);
    if (text === null) return null;
    try {
      return parseLsn(text);
    } catch {
      throw malformed(`expected an LSN as "${key}"`);
    }
  }

  /** Reads a time; `null` if it is missing. */
  timeOrNull(key: string): UnixMicros | null {
    const text = this.stringOrNull(key);
    if (text === null) return null;
    const time = parseTimestamp(text);
    if (time === undefined) throw malformed(`expected a time as "${key}"`);
    return time;
  }

  /** Reads an array, which is empty if it is missing. */
  list(key: string): readonly JsonValue[] {
    return this.listOrNull(key) ?? [];
  }

  /** Reads an array; `null` if it is missing. */
  listOrNull(key: string): readonly JsonValue[] | null {
    const value = this.#object.get(key);
    if (value === undefined) return null;
    if (Array.isArray(value)) return value;
    throw malformed(`expected an array as "${key}"`);
  }

  /** Reads any value. */
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

/** Reads text whose exact bytes don't matter, such as a name. */
export function textOf(value: JsonValue | undefined): JsonValue | undefined {
  if (!(value instanceof UndecodedText)) return value;
  return decodeText(value, 0, value.length);
}

/** Creates the error for a malformed message. */
export function malformed(problem: string): ProtocolError {
  return new ProtocolError(`Cannot decode a wal2json message: ${problem}`);
}
