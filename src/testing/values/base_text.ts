/**
 * Formats bytes as with `bytea_output = 'hex'`.
 *
 * @throws {TypeError} If the value is not a `Uint8Array`.
 */
export function bytesText(value: unknown): string {
  if (typeof value === "string") return value;
  if (!(value instanceof Uint8Array)) {
    throw new TypeError(
      "Cannot store a value in a column of type bytea: expected a Uint8Array",
    );
  }
  let text = "\\x";
  for (const byte of value) text += byte.toString(16).padStart(2, "0");
  return text;
}

/** Formats JSON like jsonb: a blank after each delimiter, the keys of objects sorted. */
export function jsonbText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(jsonbText).join(", ")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const plain = JSON.parse(JSON.stringify(value));
  if (typeof plain !== "object" || Array.isArray(plain)) {
    return jsonbText(plain);
  }
  const members = Object.entries(plain).sort(([a], [b]) => compareKeys(a, b))
    .map(([name, value]) => `${JSON.stringify(name)}: ${jsonbText(value)}`);
  return `{${members.join(", ")}}`;
}

// Shorter keys first. Source: lengthCompareJsonbString() in jsonb_util.c.
function compareKeys(a: string, b: string): number {
  const [first, second] = [a, b].map((key) => new TextEncoder().encode(key));
  if (first!.length !== second!.length) return first!.length - second!.length;
  const at = first!.findIndex((byte, i) => byte !== second![i]);
  return at < 0 ? 0 : first![at]! - second![at]!;
}

const MICROS = 1_000_000n;

const ISO =
  /^(\d{4}-\d\d-\d\d)?(?:[T ]?(\d\d:\d\d(?::\d\d)?)(\.\d+)?)?\s*(Z|[-+]\d\d(?::?\d\d)?)?$/;

/**
 * Formats a date or a time as with `DateStyle = 'ISO, MDY'` and `TimeZone = 'UTC'`. A text
 * that is not ISO 8601 is kept unchanged.
 *
 * @param value A text, or a `Date`.
 * @param type Its type.
 * @param modifier The number of decimal places of a second; -1 for six.
 * @throws {TypeError} If it is neither.
 */
export function timeText(
  value: unknown,
  type: "date" | "time" | "timestamp" | "timestamptz",
  modifier: number,
): string {
  if (typeof value !== "string" && !(value instanceof Date)) {
    throw new TypeError(
      `Cannot store ${
        String(value)
      } in a column of type ${type}: expected a text or a Date`,
    );
  }
  const text = value instanceof Date ? value.toISOString() : value;
  const match = ISO.exec(text);
  const [, date = "", time, fraction = "", zone = ""] = match ?? [];
  if ((type === "time" ? time ?? "" : date) === "") return text;
  if (type === "date") return date;
  const day = type === "time" ? "1970-01-01" : date;
  const places = modifier < 0 ? 6 : modifier;
  const unit = 10n ** BigInt(6 - places);
  // Rounded to the precision of the type.
  const micros = BigInt(Math.round(Number(`0${fraction}`) * 1e6));
  const offset = type === "timestamptz" ? offsetOf(zone) : 0n;
  const all = BigInt(Date.parse(`${day}T${time ?? "00:00"}Z`)) * 1000n -
    offset +
    (micros + unit / 2n) / unit * unit;
  const rest = (all % MICROS + MICROS) % MICROS;
  const instant = new Date(Number((all - rest) / 1000n)).toISOString();
  const digits = `${rest}`.padStart(6, "0").replace(/0+$/, "");
  const clock = instant.slice(11, 19) + (digits === "" ? "" : `.${digits}`);
  if (type === "time") return clock;
  return `${instant.slice(0, 10)} ${clock}${
    type === "timestamptz" ? "+00" : ""
  }`;
}

// The offset of a time zone from UTC, in microseconds, positive to the east.
function offsetOf(zone: string): bigint {
  const [hours = "0", minutes = "0"] = zone.match(/\d\d/g) ?? [];
  const micros = BigInt(Number(hours) * 60 + Number(minutes)) * 60_000_000n;
  return zone.startsWith("-") ? -micros : micros;
}
