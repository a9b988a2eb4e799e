import { fromServerMicros, type UnixMicros } from "./timestamp.ts";

// timestamptz_to_str() in src/backend/utils/adt/timestamp.c, whose style is ISO
// whatever DateStyle says. An offset may have seconds.
const TIMESTAMP =
  /^(\d{4,6})-(\d\d)-(\d\d) (\d\d):(\d\d):(\d\d)(?:\.(\d{1,6}))?([+-])(\d\d)(?::(\d\d))?(?::(\d\d))?( BC)?$/;

// The values that represent infinity: src/include/datatype/timestamp.h.
const INFINITY = fromServerMicros(2n ** 63n - 1n);
const MINUS_INFINITY = fromServerMicros(-(2n ** 63n));

/**
 * Parses a `timestamptz` in the format in which output plugins write commit times.
 *
 * @param text The text, for example `2024-02-29 12:34:56.789012+00`.
 * @returns The time, or `undefined` if the text is not one.
 */
export function parseTimestamp(text: string): UnixMicros | undefined {
  if (text === "infinity") return INFINITY;
  if (text === "-infinity") return MINUS_INFINITY;
  const match = TIMESTAMP.exec(text);
  if (match === null) return undefined;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match
    .slice(1, 7).map(Number);
  const [offsetHour = 0, offsetMinute = 0, offsetSecond = 0] = match
    .slice(9, 12).map((part) => Number(part ?? 0));
  const offset = (offsetHour * 60 + offsetMinute) * 60 + offsetSecond;
  // The server counts 1 BC, 1 AD, with no year 0.
  const days = daysFromEpoch(match[12] ? 1 - year : year, month, day);
  const seconds = days * 86_400 + (hour * 60 + minute) * 60 + second -
    (match[8] === "-" ? -offset : offset);
  const micros = (match[7] ?? "").padEnd(6, "0");
  return (BigInt(seconds) * 1_000_000n + BigInt(micros)) as UnixMicros;
}

// Days from 1970-01-01. Date ends in year 275760, the server in 294276: subtract a multiple
// of 400 years, which all have 146097 days.
function daysFromEpoch(year: number, month: number, day: number): number {
  const cycles = Math.floor(year / 400) - 5;
  const millis = Date.UTC(year - cycles * 400, month - 1, day);
  return cycles * 146_097 + millis / 86_400_000;
}
