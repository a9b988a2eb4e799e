// The server's ISO style: the manual, "Date/Time Output". Years have four digits
// or more, and an offset may have seconds.
const ISO =
  /^(\d{4,})-(\d\d)-(\d\d)(?: (\d\d):(\d\d):(\d\d)(?:\.(\d{1,6}))?)?(?:([+-])(\d\d)(?::(\d\d))?(?::(\d\d))?)?( BC)?$/;

/**
 * Makes a `Date` of a `timestamptz`, `timestamp` or `date`, whose values are otherwise
 * text. A `timestamp` or `date` is taken for UTC. Microseconds are cut off.
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
 * @param text The server's text of a date or a time stamp, in `DateStyle` ISO.
 * @returns The time, with the precision of a millisecond.
 * @throws {RangeError} If a `Date` can't hold it: `infinity`, `-infinity`, years
 * after 275760.
 * @throws {SyntaxError} If the text has another form.
 */
export function asDate(text: string): Date {
  const match = ISO.exec(text);
  if (match === null) throw notADate(text);
  const [, year, month, day, hour, minute, second, fraction] = match;
  const date = new Date(0);
  // The server counts 1 BC, 1 AD; Date has the year 0 for 1 BC.
  const isoYear = match[12] === undefined ? Number(year) : 1 - Number(year);
  // Not Date.UTC(), which takes the years 0 to 99 for those after 1900.
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
    }: it is no date or time stamp in ISO style`,
  );
}

function outOfRange(text: string): RangeError {
  return new RangeError(`Cannot make a Date of "${text}": none can hold it`);
}
