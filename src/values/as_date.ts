// The server's ISO style: the manual, "Date/Time Output". Years have four digits
// or more, and an offset may have seconds.
const ISO =
  /^(\d{4,})-(\d\d)-(\d\d)(?: (\d\d):(\d\d):(\d\d)(?:\.(\d{1,6}))?)?(?:([+-])(\d\d)(?::(\d\d))?(?::(\d\d))?)?( BC)?$/;

/**
 * Converts a `timestamptz`, `timestamp` or `date`, which is text by default, to a `Date`. A
 * `timestamp` or `date` is interpreted as UTC. Microseconds are truncated.
 *
 * @example
 * ```ts
 * import { asDate } from "@walbrook/walbrook";
 * import { assertEquals } from "@std/assert";
 *
 * const types = { timestamptz: asDate }; // an option of `subscribe()`
 * assertEquals(
 *   types.timestamptz("2024-02-29 12:34:56.789012+05:30"),
 *   new Date("2024-02-29T07:04:56.789Z"),
 * );
 * ```
 *
 * @param text The server's text for a date or timestamp, in `DateStyle` ISO.
 * @returns The time, with millisecond precision.
 * @throws {RangeError} If it is outside of the range of `Date`: `infinity`, `-infinity`,
 * years after 275760.
 * @throws {SyntaxError} If the text has another form.
 *
 * @category Values
 */
export function asDate(text: string): Date {
  const match = ISO.exec(text);
  if (match === null) throw notADate(text);
  const [, year, month, day, hour, minute, second, fraction] = match;
  const date = new Date(0);
  // The server counts 1 BC, 1 AD; Date represents 1 BC by the year 0.
  const isoYear = match[12] === undefined ? Number(year) : 1 - Number(year);
  // Not Date.UTC(), which interprets the years 0 to 99 as 1900 to 1999.
  date.setUTCFullYear(isoYear, Number(month) - 1, Number(day));
  date.setUTCHours(
    Number(hour ?? 0),
    Number(minute ?? 0),
    Number(second ?? 0) - offsetSeconds(match),
    Number((fraction ?? "").padEnd(3, "0").slice(0, 3)),
  );
  if (Number.isNaN(date.getTime())) throw outOfRange(text);
  return date;
}

/** How many seconds the text is ahead of UTC. */
function offsetSeconds(match: RegExpExecArray): number {
  const [sign, hours, minutes, seconds] = match.slice(8, 12);
  const total = Number(hours ?? 0) * 3600 + Number(minutes ?? 0) * 60 +
    Number(seconds ?? 0);
  return sign === "-" ? -total : total;
}

function notADate(text: string): Error {
  if (text === "infinity" || text === "-infinity") return outOfRange(text);
  return new SyntaxError(
    `Cannot make a Date of ${
      JSON.stringify(text.slice(0, 100))
    }: it is not a date or time stamp in ISO style`,
  );
}

function outOfRange(text: string): RangeError {
  return new RangeError(`Cannot make a Date of "${text}": it is out of range`);
}
