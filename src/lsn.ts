import { ProtocolError } from "./errors.ts";

/**
 * A log sequence number: a byte position in the server's write-ahead log, as
 * an unsigned 64-bit integer.
 *
 * It is a branded `bigint`, so comparing, sorting, `Map` keys and
 * `structuredClone` work as usual, while the compiler refuses a time or a count
 * in its place. The text form (`16/B374D848`) exists at the edges only: never
 * compare it, since PostgreSQL 19 pads the low half with zeros and older
 * servers don't.
 *
 * Source: the manual, "pg_lsn Type"; `src/include/access/xlogdefs.h`.
 *
 * @example The number of bytes of WAL between two positions
 * ```ts
 * import { type Lsn, parseLsn } from "@walbrook/walbrook";
 * import { assertEquals } from "@std/assert";
 *
 * function bytesBetween(start: Lsn, end: Lsn): bigint {
 *   return end - start;
 * }
 * assertEquals(bytesBetween(parseLsn("16/1000"), parseLsn("16/3000")), 8192n);
 * ```
 *
 * @category Positions and times
 */
export type Lsn = bigint & { readonly __brand: "Lsn" };

/**
 * The position `0/0`, which the server uses for "none".
 *
 * @category Positions and times
 */
export const INVALID_LSN: Lsn = 0n as Lsn;

const LSN_TEXT = /^([0-9A-Fa-f]{1,8})\/([0-9A-Fa-f]{1,8})$/;

/**
 * Parses the text form of an LSN, in the format of any server version.
 *
 * @example
 * ```ts
 * import { formatLsn, parseLsn } from "@walbrook/walbrook";
 * import { assertEquals } from "@std/assert";
 *
 * const lsn = parseLsn("16/B374D848");
 * assertEquals(lsn > parseLsn("9/FFFFFFFF"), true);
 * assertEquals(formatLsn(lsn), "16/B374D848");
 * ```
 *
 * @param text Two hexadecimal numbers of up to eight digits around a slash,
 * zero-padded or not, in either case.
 * @returns The position.
 * @throws {SyntaxError} If the text has another form.
 *
 * @category Positions and times
 */
export function parseLsn(text: string): Lsn {
  const lsn = readLsn(text);
  if (lsn !== null) return lsn;
  throw new SyntaxError(
    `Cannot parse LSN "${text}": expected two hexadecimal numbers of up to eight digits with a slash between, as in "16/B374D848"`,
  );
}

function readLsn(text: string): Lsn | null {
  const match = LSN_TEXT.exec(text);
  if (match === null) return null;
  return ((BigInt(`0x${match[1]}`) << 32n) | BigInt(`0x${match[2]}`)) as Lsn;
}

/**
 * Formats an LSN as PostgreSQL up to 18 does: upper case, not padded.
 *
 * @example
 * ```ts
 * import { formatLsn, INVALID_LSN } from "@walbrook/walbrook";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(formatLsn(INVALID_LSN), "0/0");
 * ```
 *
 * @param lsn The position.
 * @returns The text, for example `16/B374D848`.
 *
 * @category Positions and times
 */
export function formatLsn(lsn: Lsn): string {
  const high = (lsn >> 32n).toString(16);
  const low = (lsn & 0xffffffffn).toString(16);
  return `${high}/${low}`.toUpperCase();
}

/**
 * Converts a plain integer to an LSN, for positions that were stored as numbers.
 *
 * @example
 * ```ts
 * import { parseLsn, toLsn } from "@walbrook/walbrook";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(toLsn(0x16_00000001n), parseLsn("16/1"));
 * ```
 *
 * @param value An integer from 0 to 2^64 - 1.
 * @returns The same integer, typed as a position.
 * @throws {RangeError} If the integer does not fit into 64 unsigned bits.
 *
 * @category Positions and times
 */
export function toLsn(value: bigint): Lsn {
  if (BigInt.asUintN(64, value) !== value) {
    throw new RangeError(
      `Cannot use ${value} as an LSN: it is not an unsigned 64-bit integer`,
    );
  }
  return value as Lsn;
}

/** Parses an LSN that the server sent as text. */
export function parseServerLsn(text: string | null, what: string): Lsn {
  const lsn = readLsn(text ?? "");
  if (lsn !== null) return lsn;
  throw new ProtocolError(
    `Cannot read ${what}: the server sent ${
      JSON.stringify(text)
    } where an LSN belongs`,
  );
}
