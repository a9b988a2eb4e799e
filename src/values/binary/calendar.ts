import { decodeText } from "../../bytes/decode_text.ts";
import { putFourDigits, putInteger, putTwoDigits } from "./put_digits.ts";

// The Gregorian calendar repeats after 400 years.
const CYCLE_YEARS = 400;
const CYCLE_DAYS = 146_097;
// From 0000-03-01, where the leap day is the last of a year, to 2000-01-01.
const DAYS_TO_2000 = 730_425;

const DAY_MINUTES = 1440;

const DIGIT = 0x30; // 0
const DASH = 0x2d;
const PLUS = 0x2b;
const SPACE = 0x20;
const COLON = 0x3a;
const POINT = 0x2e;

// Longer than any date with a time and everything that may follow, and than any interval.
const MAX_LENGTH = 80;

/**
 * Writes dates and times as the server does in `DateStyle` ISO, and intervals as in
 * `IntervalStyle` postgres. All of them are written into the same bytes, from which the text is
 * created: concatenating strings takes more than twice as long.
 *
 * The date and time at the start of a text are kept for the next one, which is likely to have
 * the same date, and often the same minute. Therefore use one writer for each type.
 */
export class CalendarWriter {
  readonly #bytes = new Uint8Array(MAX_LENGTH);
  #length = 0;
  // The last date, and its length.
  #days = NaN;
  #dayLength = 0;
  // The last date and time without seconds, and its length.
  #minute = NaN;
  #minuteLength = 0;
  #year = 0;
  #month = 0;
  #day = 0;

  /** Starts a text without a date. */
  begin(): this {
    this.#length = 0;
    return this;
  }

  /** Whether nothing has been written. */
  get isEmpty(): boolean {
    return this.#length === 0;
  }

  /** Returns the text. */
  text(): string {
    return decodeText(this.#bytes, 0, this.#length);
  }

  /**
   * Starts a text with a date, without `BC`, which comes after the time.
   *
   * @param days The number of days since 2000-01-01.
   */
  beginWithDay(days: number): this {
    if (days === this.#days) {
      this.#length = this.#dayLength;
      return this;
    }
    this.#find(days);
    this.#minute = NaN;
    const bytes = this.#bytes;
    this.#length = 0;
    // The year before 1 is 1 BC.
    this.#yearNumber(this.#year > 0 ? this.#year : 1 - this.#year);
    const at = this.#length;
    bytes[at] = DASH;
    putTwoDigits(bytes, at + 1, this.#month);
    bytes[at + 3] = DASH;
    putTwoDigits(bytes, at + 4, this.#day);
    this.#length = at + 6;
    this.#dayLength = this.#length;
    return this;
  }

  /**
   * Starts a text with a date and a time up to the colon before its seconds, which are likely
   * to be those of the last text.
   *
   * @param minutes The number of minutes since 2000-01-01 00:00.
   */
  beginWithMinute(minutes: number): this {
    if (minutes === this.#minute) {
      this.#length = this.#minuteLength;
      return this;
    }
    const days = Math.floor(minutes / DAY_MINUTES);
    const minuteOfDay = (minutes - days * DAY_MINUTES) | 0;
    const hours = (minuteOfDay / 60) | 0;
    this.beginWithDay(days);
    const bytes = this.#bytes;
    const at = this.#length;
    bytes[at] = SPACE;
    putTwoDigits(bytes, at + 1, hours);
    bytes[at + 3] = COLON;
    putTwoDigits(bytes, at + 4, minuteOfDay - 60 * hours);
    bytes[at + 6] = COLON;
    this.#length = at + 7;
    this.#minute = minutes;
    this.#minuteLength = at + 7;
    return this;
  }

  /** Appends ` BC` if the last date was before year 1. */
  era(): this {
    return this.#year > 0 ? this : this.ascii(" BC");
  }

  /**
   * Appends a time of day, with as many decimal places as necessary.
   *
   * @param micros Microseconds since midnight, not negative.
   */
  time(micros: number): this {
    // 32-bit integers from here on, which are several times as fast as others.
    const seconds = Math.floor(micros / 1_000_000) | 0;
    const hours = (seconds / 3600) | 0;
    this.#pair(hours);
    return this.#minutes(
      seconds - 3600 * hours,
      (micros - seconds * 1_000_000) | 0,
    );
  }

  /**
   * Appends a duration: hours of at least two digits, minutes and seconds.
   *
   * @param hours The hours, not negative.
   * @param micros The rest, in microseconds.
   */
  duration(hours: number, micros: number): this {
    if (hours < 100) this.#pair(hours);
    else this.integer(hours);
    const seconds = Math.floor(micros / 1_000_000) | 0;
    return this.#minutes(seconds, (micros - seconds * 1_000_000) | 0);
  }

  // Appends the seconds of an hour as minutes and seconds, and a fraction in microseconds.
  #minutes(seconds: number, fraction: number): this {
    const bytes = this.#bytes;
    const at = this.#length;
    const minutes = (seconds / 60) | 0;
    bytes[at] = COLON;
    putTwoDigits(bytes, at + 1, minutes);
    bytes[at + 3] = COLON;
    this.#length = at + 4;
    return this.seconds(seconds - 60 * minutes, fraction);
  }

  /**
   * Appends seconds, with as many decimal places as necessary.
   *
   * @param seconds The whole seconds, from 0 to 59.
   * @param fraction The rest, in microseconds.
   */
  seconds(seconds: number, fraction: number): this {
    const bytes = this.#bytes;
    let at = this.#length;
    putTwoDigits(bytes, at, seconds);
    at += 2;
    if (fraction !== 0) {
      const high = (fraction / 100) | 0;
      bytes[at] = POINT;
      putFourDigits(bytes, at + 1, high);
      putTwoDigits(bytes, at + 5, fraction - 100 * high);
      at += 7;
      while (bytes[at - 1] === DIGIT) at--;
    }
    this.#length = at;
    return this;
  }

  /**
   * Appends an offset from UTC: hours, and minutes and seconds if there are any.
   *
   * @param east How many seconds the local time is ahead.
   */
  offset(east: number): this {
    const seconds = Math.abs(east);
    const minutes = (seconds / 60) | 0;
    const hours = (minutes / 60) | 0;
    this.ascii(east < 0 ? "-" : "+");
    if (hours < 100) this.#pair(hours);
    else this.ascii(String(hours));
    if (seconds % 3600 !== 0) {
      this.#byte(COLON);
      this.#pair(minutes % 60);
    }
    if (seconds % 60 !== 0) {
      this.#byte(COLON);
      this.#pair(seconds % 60);
    }
    return this;
  }

  /** Appends the offset of UTC: `+00`. */
  utc(): this {
    const at = this.#length;
    this.#bytes[at] = PLUS;
    this.#bytes[at + 1] = DIGIT;
    this.#bytes[at + 2] = DIGIT;
    this.#length = at + 3;
    return this;
  }

  /** Appends an integer that is not negative. */
  integer(value: number): this {
    if (value > 9999) return this.ascii(String(value));
    this.#length = putInteger(this.#bytes, this.#length, value);
    return this;
  }

  /** Appends a few characters. */
  ascii(text: string): this {
    for (let i = 0; i < text.length; i++) this.#byte(text.charCodeAt(i));
    return this;
  }

  #byte(byte: number): void {
    this.#bytes[this.#length++] = byte;
  }

  #pair(value: number): void {
    putTwoDigits(this.#bytes, this.#length, value);
    this.#length += 2;
  }

  #yearNumber(year: number): void {
    if (year > 9999) {
      this.ascii(String(year));
      return;
    }
    putFourDigits(this.#bytes, this.#length, year);
    this.#length += 4;
  }

  // Source: "chrono-Compatible Low-Level Date Algorithms", days to civil, for the proleptic
  // Gregorian calendar.
  #find(days: number): void {
    const sinceMarch = days + DAYS_TO_2000;
    const cycle = Math.floor(sinceMarch / CYCLE_DAYS);
    // 32-bit integers from here on, which are several times as fast as others.
    const dayOfCycle = (sinceMarch - cycle * CYCLE_DAYS) | 0;
    const yearOfCycle = ((dayOfCycle - ((dayOfCycle / 1460) | 0) +
      ((dayOfCycle / 36_524) | 0) - ((dayOfCycle / 146_096) | 0)) / 365) | 0;
    const dayOfYear = dayOfCycle -
      (365 * yearOfCycle + ((yearOfCycle / 4) | 0) -
        ((yearOfCycle / 100) | 0));
    const sinceMarchMonth = ((5 * dayOfYear + 2) / 153) | 0;
    this.#days = days;
    this.#day = dayOfYear - (((153 * sinceMarchMonth + 2) / 5) | 0) + 1;
    this.#month = sinceMarchMonth < 10
      ? sinceMarchMonth + 3
      : sinceMarchMonth - 9;
    this.#year = yearOfCycle + cycle * CYCLE_YEARS +
      (this.#month <= 2 ? 1 : 0);
  }
}
