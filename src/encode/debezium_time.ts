// The days from 1970-01-01 to a date in the proleptic Gregorian calendar, which both sides
// use. Source: "days_from_civil" in H. Hinnant, "chrono-Compatible Low-Level Date
// Algorithms".
function daysFromCivil(year: number, month: number, day: number): number {
  const shifted = month > 2 ? year : year - 1;
  const era = Math.floor(shifted / 400);
  const yearOfEra = shifted - era * 400;
  const monthFromMarch = (month + 9) % 12;
  const dayOfYear = Math.floor((153 * monthFromMarch + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) -
    Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146_097 + dayOfEra - 719_468;
}

// The number in two digits of a text.
function two(text: string, at: number): number {
  return text.charCodeAt(at) * 10 + text.charCodeAt(at + 1) - 528;
}

// Whether a text is like `1996-02-29`: no year of another length, BC, or an infinity.
function isUsualDate(text: string, length: number): boolean {
  return length === 10 && text.charCodeAt(4) === DASH &&
    text.charCodeAt(7) === DASH;
}

// The days to the date at the beginning of such a text.
function usualDays(text: string): number {
  return daysFromCivil(
    two(text, 0) * 100 + two(text, 2),
    two(text, 5),
    two(text, 8),
  );
}

const DASH = 0x2d;
const DATE = /^(\d{4,7})-(\d\d)-(\d\d)( BC)?$/;
const TIMESTAMP =
  /^(\d{4,6}-\d\d-\d\d) (\d\d):(\d\d):(\d\d)(?:\.(\d{1,6}))?( BC)?$/;
const TIME = /^(\d\d):(\d\d):(\d\d)(?:\.(\d{1,6}))?$/;
const OFFSET = /([+-])(\d\d)(?::(\d\d))?(?::(\d\d))?$/;

// The values of the PostgreSQL JDBC driver for the infinities, which Debezium passes on, in
// milliseconds: PGStatement.DATE_POSITIVE_INFINITY and DATE_NEGATIVE_INFINITY.
const INFINITY_MILLIS = 9_223_372_036_825_200_000n / 1000n;
const MINUS_INFINITY_MILLIS = -9_223_372_036_832_400_000n / 1000n;

/** Returns the days from 1970-01-01 to a `date`; `null` for an infinity. */
export function epochDays(text: string): number | null {
  if (isUsualDate(text, text.length)) return usualDays(text);
  const match = DATE.exec(text);
  if (match === null) return null;
  const year = match[4] === undefined ? +match[1]! : 1 - +match[1]!;
  return daysFromCivil(year, +match[2]!, +match[3]!);
}

/**
 * Returns the time from 1970-01-01 to a `timestamp`, interpreted as UTC, as decimal digits.
 *
 * @param text The value.
 * @param unit Milliseconds for a precision up to 3, microseconds otherwise.
 * @returns The digits; `null` if the value is not a timestamp.
 */
export function epochTime(text: string, unit: "ms" | "us"): string | null {
  if (isUsualDate(text, text.indexOf(" ")) && !text.endsWith("C")) {
    const seconds = usualDays(text) * 86_400 + two(text, 11) * 3600 +
      two(text, 14) * 60 + two(text, 17);
    return timeText(seconds, text.slice(20), unit);
  }
  const match = TIMESTAMP.exec(text);
  if (match === null) return infinityTime(text, unit);
  const days = epochDays(`${match[1]}${match[6] ?? ""}`)!;
  const seconds = days * 86_400 + +match[2]! * 3600 + +match[3]! * 60 +
    +match[4]!;
  return timeText(seconds, match[5] ?? "", unit);
}

function timeText(
  seconds: number,
  fraction: string,
  unit: "ms" | "us",
): string {
  if (unit === "ms") {
    return `${seconds * 1000 + +fraction.slice(0, 3).padEnd(3, "0")}`;
  }
  const micros = +fraction.padEnd(6, "0");
  const total = seconds * 1_000_000 + micros;
  return Number.isSafeInteger(total)
    ? `${total}`
    : `${BigInt(seconds) * 1_000_000n + BigInt(micros)}`;
}

function infinityTime(text: string, unit: "ms" | "us"): string | null {
  const millis = text === "infinity"
    ? INFINITY_MILLIS
    : text === "-infinity"
    ? MINUS_INFINITY_MILLIS
    : null;
  if (millis === null) return null;
  return `${unit === "ms" ? millis : millis * 1000n}`;
}

/** Returns the time from midnight to a `time`; `null` if the value is not one. */
export function timeOfDay(text: string, unit: "ms" | "us"): number | null {
  const match = TIME.exec(text);
  if (match === null) return null;
  const seconds = +match[1]! * 3600 + +match[2]! * 60 + +match[3]!;
  const fraction = match[4] ?? "";
  return unit === "ms"
    ? seconds * 1000 + +fraction.slice(0, 3).padEnd(3, "0")
    : seconds * 1_000_000 + +fraction.padEnd(6, "0");
}

/** Converts a `timestamptz`, which is in UTC, to ISO 8601; an infinity stays unchanged. */
export function zonedTimestamp(text: string): string {
  return text.endsWith("+00") && text.charCodeAt(10) === 0x20
    ? `${text.slice(0, 10)}T${text.slice(11, -3)}Z`
    : text.replace(" ", "T").replace(/\+00( BC)?$/, "Z$1");
}

/** Converts a `timetz` to UTC, in ISO 8601. */
export function zonedTime(text: string): string {
  const offset = OFFSET.exec(text);
  if (offset === null) return text;
  const [, sign, hours = 0, minutes = 0, seconds = 0] = offset;
  const east = (+hours * 60 + +minutes) * 60 + +seconds;
  const local = text.slice(0, offset.index);
  const [whole = "", fraction] = local.split(".");
  const ofDay = (timeOfDay(whole, "ms") ?? 0) / 1000 -
    (sign === "-" ? -east : east);
  const utc = ((ofDay % 86_400) + 86_400) % 86_400;
  const parts = [utc / 3600, utc / 60 % 60, utc % 60];
  return `${
    parts.map((part) => `${Math.floor(part)}`.padStart(2, "0")).join(":")
  }${fraction === undefined ? "" : `.${fraction}`}Z`;
}

const INTERVAL =
  /^(?:(-?\d+) years? ?)?(?:(-?\d+) mons? ?)?(?:(-?\d+) days? ?)?(?:(-?)(\d+):(\d\d):(\d\d(?:\.\d+)?))?$/;

/** Converts an `interval` as in `interval.handling.mode=string`: `P1Y2M3DT4H5M6.78S`. */
export function isoInterval(text: string): string {
  const match = INTERVAL.exec(text.replaceAll("+", ""));
  if (match === null) return text;
  const [, years = 0, months = 0, days = 0, sign = "", ...time] = match;
  const [hours, minutes, seconds] = time.map((part) => {
    const digits = (part ?? "0").replace(/^0+(?=\d)/, "");
    return +digits === 0 ? "0" : `${sign}${digits}`;
  });
  return `P${years}Y${months}M${days}DT${hours}H${minutes}M${seconds}S`;
}
