// The Gregorian calendar repeats after 400 years.
const CYCLE_YEARS = 400;
const CYCLE_DAYS = 146_097;
// From 0000-03-01, where the leap day is the last of a year, to 2000-01-01.
const DAYS_TO_2000 = 730_425;

/**
 * Writes a day as the server does in `DateStyle` ISO: `2024-02-29`, and with `BC`,
 * if at all, at the end of the text behind it.
 *
 * Source: the algorithm is that of "chrono-Compatible Low-Level Date Algorithms",
 * days to civil, for the proleptic Gregorian calendar.
 *
 * @param days The number of days since 2000-01-01.
 * @param time What stands between the day and `BC`.
 */
export function formatDay(days: number, time = ""): string {
  const sinceMarch = days + DAYS_TO_2000;
  const cycle = Math.floor(sinceMarch / CYCLE_DAYS);
  const dayOfCycle = sinceMarch - cycle * CYCLE_DAYS;
  const yearOfCycle = Math.floor(
    (dayOfCycle - Math.floor(dayOfCycle / 1460) +
      Math.floor(dayOfCycle / 36_524) -
      Math.floor(dayOfCycle / 146_096)) / 365,
  );
  const dayOfYear = dayOfCycle -
    (365 * yearOfCycle + Math.floor(yearOfCycle / 4) -
      Math.floor(yearOfCycle / 100));
  const monthSinceMarch = Math.floor((5 * dayOfYear + 2) / 153);
  const day = dayOfYear - Math.floor((153 * monthSinceMarch + 2) / 5) + 1;
  const month = monthSinceMarch < 10
    ? monthSinceMarch + 3
    : monthSinceMarch - 9;
  const year = yearOfCycle + cycle * CYCLE_YEARS + (month <= 2 ? 1 : 0);
  // The year before 1 is 1 BC.
  const shown = year > 0 ? year : 1 - year;
  const date = `${String(shown).padStart(4, "0")}-${pad(month)}-${pad(day)}`;
  return `${date}${time}${year > 0 ? "" : " BC"}`;
}

/**
 * Writes a time of day: `12:34:56`, with as many decimal places as it takes.
 *
 * @param micros Microseconds since midnight, not negative.
 */
export function formatTime(micros: number): string {
  const fraction = micros % 1_000_000;
  const seconds = (micros - fraction) / 1_000_000;
  const minutes = Math.floor(seconds / 60);
  const clock = `${pad(Math.floor(minutes / 60))}:${pad(minutes % 60)}:${
    pad(seconds % 60)
  }`;
  if (fraction === 0) return clock;
  const places = String(fraction).padStart(6, "0").replace(/0+$/, "");
  return `${clock}.${places}`;
}

/** Writes a number with two digits or more. */
export function pad(value: number): string {
  return value < 10 ? `0${value}` : String(value);
}
