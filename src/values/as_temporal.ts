// The server's ISO style: the manual, "Date/Time Output". Years have four digits or
// more.
const ISO = /^(\d{4,7})-(\d\d-\d\d)(?: (\d.*?))?( BC)?$/;

/** A class of Temporal: the part in use. */
interface TemporalClass {
  from(text: string): unknown;
}

type ClassName = "Instant" | "PlainDate" | "PlainDateTime" | "PlainTime";

/**
 * Converts a `timestamptz`, which is text by default, to a `Temporal.Instant`. Microseconds
 * and years BC are preserved.
 *
 * The runtime must have Temporal, or a polyfill of it as a global. It is looked up when a
 * value is converted, so TypeScript sees the result as `unknown`.
 *
 * @example
 * ```ts
 * import { asInstant } from "@walbrook/walbrook";
 * import { assertEquals } from "@std/assert";
 *
 * const types = { timestamptz: asInstant }; // an option of `subscribe()`
 * if ("Temporal" in globalThis) {
 *   assertEquals(
 *     `${types.timestamptz("2024-02-29 12:34:56.789012+00")}`,
 *     "2024-02-29T12:34:56.789012Z",
 *   );
 * }
 * ```
 *
 * @param text The server's text, in `DateStyle` ISO.
 * @returns The instant.
 * @throws {RangeError} If it is out of range: `infinity`, `-infinity`, years after 275760.
 * @throws {SyntaxError} If the text has another form.
 * @throws {TypeError} If the runtime has no Temporal.
 *
 * @category Values
 */
export function asInstant(text: string): unknown {
  return make("Instant", text);
}

/**
 * Converts a `date`, which is text by default, to a `Temporal.PlainDate`; see {@linkcode
 * asInstant}.
 *
 * @example
 * ```ts
 * import { asPlainDate } from "@walbrook/walbrook";
 * import { assertEquals } from "@std/assert";
 *
 * const types = { date: asPlainDate }; // an option of `subscribe()`
 * if ("Temporal" in globalThis) {
 *   assertEquals(`${types.date("0044-03-15 BC")}`, "-000043-03-15");
 * }
 * ```
 *
 * @param text The server's text, in `DateStyle` ISO.
 * @returns The date.
 * @throws {RangeError} If it is out of range: `infinity`, `-infinity`, years after 275760.
 * @throws {SyntaxError} If the text has another form.
 * @throws {TypeError} If the runtime has no Temporal.
 *
 * @category Values
 */
export function asPlainDate(text: string): unknown {
  return make("PlainDate", text);
}

/**
 * Converts a `timestamp`, which is text by default, to a `Temporal.PlainDateTime`; see
 * {@linkcode asInstant}.
 *
 * @example
 * ```ts
 * import { asPlainDateTime } from "@walbrook/walbrook";
 * import { assertEquals } from "@std/assert";
 *
 * const types = { timestamp: asPlainDateTime }; // an option of `subscribe()`
 * if ("Temporal" in globalThis) {
 *   assertEquals(
 *     `${types.timestamp("2024-02-29 12:34:56.5")}`,
 *     "2024-02-29T12:34:56.5",
 *   );
 * }
 * ```
 *
 * @param text The server's text, in `DateStyle` ISO.
 * @returns The date and time.
 * @throws {RangeError} If it is out of range: `infinity`, `-infinity`, years after 275760.
 * @throws {SyntaxError} If the text has another form.
 * @throws {TypeError} If the runtime has no Temporal.
 *
 * @category Values
 */
export function asPlainDateTime(text: string): unknown {
  return make("PlainDateTime", text);
}

/**
 * Converts a `time`, which is text by default, to a `Temporal.PlainTime`; see {@linkcode
 * asInstant}.
 *
 * @example
 * ```ts
 * import { asPlainTime } from "@walbrook/walbrook";
 * import { assertEquals } from "@std/assert";
 *
 * const types = { time: asPlainTime }; // an option of `subscribe()`
 * if ("Temporal" in globalThis) {
 *   assertEquals(`${types.time("12:34:56.789012")}`, "12:34:56.789012");
 * }
 * ```
 *
 * @param text The server's text.
 * @returns The time of day.
 * @throws {RangeError} If it is out of range: `24:00:00`.
 * @throws {SyntaxError} If the text has another form.
 * @throws {TypeError} If the runtime has no Temporal.
 *
 * @category Values
 */
export function asPlainTime(text: string): unknown {
  if (!/^\d\d:\d\d:\d\d(\.\d{1,6})?$/.test(text)) {
    throw notA("PlainTime", text);
  }
  return from("PlainTime", { text, iso: text });
}

function make(name: ClassName, text: string): unknown {
  if (text === "infinity" || text === "-infinity") throw outOfRange(name, text);
  const match = ISO.exec(text);
  const hasTime = match?.[3] !== undefined;
  if (match === null || hasTime === (name === "PlainDate")) {
    throw notA(name, text);
  }
  const [, year, day, time, beforeChrist] = match;
  const isoYear = beforeChrist === undefined ? Number(year) : 1 - Number(year);
  const date = `${yearText(isoYear)}-${day}`;
  return from(name, { text, iso: hasTime ? `${date}T${time}` : date });
}

// ISO 8601 years have four digits, or a sign and six digits.
function yearText(year: number): string {
  if (year >= 0 && year <= 9999) return String(year).padStart(4, "0");
  return (year < 0 ? "-" : "+") + String(Math.abs(year)).padStart(6, "0");
}

function from(
  name: ClassName,
  { text, iso }: { readonly text: string; readonly iso: string },
): unknown {
  const { Temporal } = globalThis as {
    readonly Temporal?: Readonly<Record<ClassName, TemporalClass>>;
  };
  if (Temporal === undefined) {
    throw new TypeError(
      `Cannot make a Temporal.${name}: this runtime has no Temporal; load a polyfill that defines it, or use asDate`,
    );
  }
  const TemporalClass = Temporal[name];
  try {
    return TemporalClass.from(iso);
  } catch (cause) {
    throw outOfRange(name, text, cause);
  }
}

function notA(name: ClassName, text: string): SyntaxError {
  return new SyntaxError(
    `Cannot make a Temporal.${name} of ${
      JSON.stringify(text.slice(0, 100))
    }: it has not the form that the server gives to values of that kind`,
  );
}

function outOfRange(
  name: ClassName,
  text: string,
  cause?: unknown,
): RangeError {
  return new RangeError(
    `Cannot make a Temporal.${name} of "${text}": it is out of range`,
    cause === undefined ? {} : { cause },
  );
}
