import { decodeText } from "../../bytes/decode_text.ts";

// The Gregorian calendar repeats after 400 years.
const CYCLE_YEARS = 400;
const CYCLE_DAYS = 146_097;
// From 0000-03-01, where the leap day is the last of a year, to 2000-01-01.
const DAYS_TO_2000 = 730_425;

const DIGIT = 0x30; // 0
const DASH = 0x2d;
const COLON = 0x3a;
const POINT = 0x2e;

// Longer than any date with a time and everything that may follow.
const MAX_LENGTH = 64;

/**
 * Writes dates and times as the server does in `DateStyle` ISO. All of them are written into
 * the same bytes, from which the text is created: concatenating strings takes more than twice
 * as long.
 *
 * The date at the start of a text is kept for the next one, which is likely to have the same
 * date. Therefore use one writer either for texts that begin with a date, or for others.
 */
export class CalendarWriter {
  readonly #bytes = new Uint8Array(MAX_LENGTH);
  #length = 0;
  // The last date, and its length.
  #days = NaN;
  #dayLength = 0;
  #year = 0;
  #month = 0;
  #day = 0;

  /** Starts a text without a date. */
  begin(): this {
    this.#length = 0;
    return this;
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
    this.#length = 0;
    // The year before 1 is 1 BC.
    this.#yearNumber(this.#year > 0 ? this.#year : 1 - this.#year);
    this.#byte(DASH);
    this.#pair(this.#month);
    this.#byte(DASH);
    this.#pair(this.#day);
    this.#dayLength = this.#length;
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
    const fraction = (micros - seconds * 1_000_000) | 0;
    const minutes = (seconds / 60) | 0;
    this.#pair((minutes / 60) | 0);
    this.#byte(COLON);
    this.#pair(minutes % 60);
    this.#byte(COLON);
    this.#pair(seconds % 60);
    if (fraction === 0) return this;
    this.#byte(POINT);
    this.#pair((fraction / 10_000) | 0);
    this.#pair(((fraction / 100) | 0) % 100);
    this.#pair(fraction % 100);
    while (this.#bytes[this.#length - 1] === DIGIT) this.#length--;
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

  /** Appends a few characters. */
  ascii(text: string): this {
    for (let i = 0; i < text.length; i++) this.#byte(text.charCodeAt(i));
    return this;
  }

  #byte(byte: number): void {
    this.#bytes[this.#length++] = byte;
  }

  #pair(value: number): void {
    const tens = (value / 10) | 0;
    this.#bytes[this.#length] = DIGIT + tens;
    this.#bytes[this.#length + 1] = DIGIT + value - 10 * tens;
    this.#length += 2;
  }

  #yearNumber(year: number): void {
    if (year > 9999) {
      this.ascii(String(year));
      return;
    }
    this.#pair((year / 100) | 0);
    this.#pair(year % 100);
  }

  // Source: "chrono-Compatible Low-Level Date Algorithms", days to civil, for the proleptic
  // Gregorian calendar.
  #find(days: number): void {
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
    const sinceMarchMonth = Math.floor((5 * dayOfYear + 2) / 153);
    this.#days = days;
    this.#day = dayOfYear - Math.floor((153 * sinceMarchMonth + 2) / 5) + 1;
    this.#month = sinceMarchMonth < 10
      ? sinceMarchMonth + 3
      : sinceMarchMonth - 9;
    this.#year = yearOfCycle + cycle * CYCLE_YEARS +
      (this.#month <= 2 ? 1 : 0);
  }
}
