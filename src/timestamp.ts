// PostgreSQL counts time in microseconds since 2000-01-01 UTC (the manual,
// "Streaming Replication Protocol"; POSTGRES_EPOCH_JDATE in
// src/include/datatype/timestamp.h). JavaScript and most stores count from 1970.
const MILLIS_1970_TO_2000 = Date.UTC(2000, 0, 1);
const MICROS_1970_TO_2000 = BigInt(MILLIS_1970_TO_2000) * 1000n;

/**
 * A point in time, in whole microseconds since 1970-01-01 UTC. A `bigint`, since
 * the server's clock is finer than `Date`, and its range is larger. {@linkcode toDate}
 * converts it.
 *
 * @category Positions and times
 */
export type UnixMicros = bigint & { readonly __brand: "UnixMicros" };

/** Converts the server's microseconds since 2000-01-01 UTC to Unix microseconds. */
export function fromServerMicros(micros: bigint): UnixMicros {
  return (micros + MICROS_1970_TO_2000) as UnixMicros;
}

/** Converts microseconds since 1970-01-01 UTC to the server's, since 2000. */
export function toServerMicros(micros: bigint): bigint {
  return micros - MICROS_1970_TO_2000;
}

/**
 * Converts a time to a `Date`, which has millisecond precision: microseconds are truncated.
 *
 * @example
 * ```ts
 * import { toDate, type UnixMicros } from "@walbrook/walbrook";
 * import { assertEquals } from "@std/assert";
 *
 * const commitTime = 1_700_000_000_123_456n as UnixMicros;
 * assertEquals(toDate(commitTime).toISOString(), "2023-11-14T22:13:20.123Z");
 * ```
 *
 * @param time Microseconds since 1970-01-01 UTC.
 * @returns The time as a `Date`; an invalid one if it is out of `Date`'s range.
 *
 * @category Positions and times
 */
export function toDate(time: UnixMicros): Date {
  const millis = time / 1000n;
  // Division truncates towards zero; a time before 1970 must be rounded down too.
  return new Date(Number(time % 1000n < 0n ? millis - 1n : millis));
}

/** The current time, with the precision of `Date.now()`. */
export function nowMicros(): UnixMicros {
  return (BigInt(Date.now()) * 1000n) as UnixMicros;
}
