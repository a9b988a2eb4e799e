import { ProtocolError } from "../../errors.ts";
import { asText } from "./as_text.ts";

/**
 * How to make JavaScript's value of a value of one type, in either of the formats in
 * which a server sends it. Both give the same.
 *
 * The functions need no `this`. Bytes are only looked at during the call: what the
 * value keeps of them is copied.
 */
export interface ValueCodec {
  /**
   * Makes a value of the server's text.
   *
   * @throws {SyntaxError} If the text has another form.
   */
  readonly fromText: (text: string) => unknown;
  /**
   * Makes the same value of the UTF-8 of that text, for types that need no string in
   * between.
   *
   * @param bytes The bytes around the text.
   * @param start Where the text starts.
   * @param end Where it ends.
   * @throws {SyntaxError} If the text has another form.
   * @default {undefined} `fromText` is given the text
   */
  readonly fromTextBytes?: (
    bytes: Uint8Array,
    start: number,
    end: number,
  ) => unknown;
  /**
   * Makes the same value of the type's binary format.
   *
   * @param bytes The bytes around the value.
   * @param start Where the value starts.
   * @param end Where it ends.
   * @throws {ProtocolError} If the bytes have another form.
   */
  readonly fromBinary: (
    bytes: Uint8Array,
    start: number,
    end: number,
  ) => unknown;
  /**
   * Writes the text that the server would have sent for a value in binary format.
   *
   * @param bytes The bytes around the value.
   * @param start Where the value starts.
   * @param end Where it ends.
   * @throws {ProtocolError} If the bytes have another form.
   */
  readonly toText: (bytes: Uint8Array, start: number, end: number) => string;
}

/**
 * A codec of a type whose values are the server's text.
 *
 * @param toText Writes that text.
 */
export function textualCodec(toText: ValueCodec["toText"]): ValueCodec {
  return { fromText: asText, fromBinary: toText, toText };
}

/**
 * Checks how long a value in binary format is.
 *
 * @param type The type's name, for the error.
 * @param length How many bytes there are.
 * @param expected How many there have to be.
 * @throws {ProtocolError} If these differ.
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
 * Says that a text is no value of a type.
 *
 * @param text The text.
 * @param what What it should be, with its article.
 */
export function notA(text: string, what: string): SyntaxError {
  return new SyntaxError(
    `Cannot parse ${JSON.stringify(text.slice(0, 100))} as ${what}`,
  );
}
