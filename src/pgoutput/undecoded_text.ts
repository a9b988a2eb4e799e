/**
 * The bytes of a value in text format that can't be a string: it is not UTF-8, which is
 * possible in a database with the encoding SQL_ASCII, or it is longer than a string can be
 * (512 MiB in V8).
 *
 * @example
 * ```ts
 * import { UndecodedText } from "@walbrook/walbrook/pgoutput";
 * import { assertEquals } from "@std/assert";
 *
 * // "café", in ISO 8859-1.
 * const value = UndecodedText.from([0x63, 0x61, 0x66, 0xe9]);
 * assertEquals(new TextDecoder("iso-8859-1").decode(value), "café");
 * ```
 */
export class UndecodedText extends Uint8Array {
  /** Slices and copies of it are plain bytes. */
  static get [Symbol.species](): Uint8ArrayConstructor {
    return Uint8Array;
  }
}
