import { ProtocolError } from "../../errors.ts";
import { asText } from "./as_text.ts";

/**
 * Converts values of one type to JavaScript, from either of the formats in which a server
 * sends them. The result is the same for both.
 *
 * The functions need no `this`. They read the bytes only during the call, and copy whatever
 * the value keeps.
 */
export interface ValueCodec {
  /**
   * Converts the server's text.
   *
   * @throws {SyntaxError} If the text has another format.
   */
  readonly fromText: (text: string) => unknown;
  /**
   * Converts the UTF-8 bytes of that text to the same value, for types that need no
   * intermediate string.
   *
   * @param bytes The bytes that contain the text.
   * @param start The start of the text.
   * @param end The end of the text.
   * @throws {SyntaxError} If the text has another format.
   * @default {undefined} the text is passed to `fromText`
   */
  readonly fromTextBytes?: (
    bytes: Uint8Array,
    start: number,
    end: number,
  ) => unknown;
  /**
   * Converts the type's binary format to the same value.
   *
   * @param bytes The bytes that contain the value.
   * @param start The start of the value.
   * @param end The end of the value.
   * @throws {ProtocolError} If the bytes have another format.
   */
  readonly fromBinary: (
    bytes: Uint8Array,
    start: number,
    end: number,
  ) => unknown;
  /**
   * Returns the text that the server would have sent for a value in binary format.
   *
   * @param bytes The bytes that contain the value.
   * @param start The start of the value.
   * @param end The end of the value.
   * @throws {ProtocolError} If the bytes have another format.
   */
  readonly toText: (bytes: Uint8Array, start: number, end: number) => string;
}

/**
 * Creates a codec for a type whose values are the server's text.
 *
 * @param toText Returns that text for a value in binary format.
 */
export function textualCodec(toText: ValueCodec["toText"]): ValueCodec {
  return { fromText: asText, fromBinary: toText, toText };
}

/**
 * Checks the length of a value in binary format.
 *
 * @param type The type's name, for the error.
 * @param length The number of bytes found.
 * @param expected The number of bytes expected.
 * @throws {ProtocolError} If they differ.
 */
export function checkLength(
  type: string,
  length: number,
  expected: number,
): void {
  if (length === expected) return;
  throw new ProtocolError(
    `Cannot decode a value of type ${type}: expected ${expected} bytes, found ${length}`,
  );
}

/**
 * Creates the error for a text that is not a value of a type.
 *
 * @param text The text.
 * @param what What it should be, with its article.
 */
export function notA(text: string, what: string): SyntaxError {
  return new SyntaxError(
    `Cannot parse ${JSON.stringify(text.slice(0, 100))} as ${what}`,
  );
}
