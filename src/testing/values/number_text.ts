const RANGES: Readonly<Record<string, readonly [bigint, bigint]>> = {
  int2: [-(2n ** 15n), 2n ** 15n - 1n],
  int4: [-(2n ** 31n), 2n ** 31n - 1n],
  int8: [-(2n ** 63n), 2n ** 63n - 1n],
  oid: [0n, 2n ** 32n - 1n],
};

/**
 * Formats an integer.
 *
 * @throws {TypeError} If it is not an integer.
 * @throws {RangeError} If it is out of the type's range.
 */
export function integerText(value: unknown, type: string): string {
  const number = toBigInt(value);
  if (number === null) {
    throw new TypeError(
      `Cannot store ${
        String(value)
      } in a column of type ${type}: it is not an integer`,
    );
  }
  const [lowest, highest] = RANGES[type]!;
  if (number < lowest || number > highest) {
    throw new RangeError(
      `Cannot store ${number} in a column of type ${type}: it is out of range`,
    );
  }
  return String(number);
}

function toBigInt(value: unknown): bigint | null {
  if (typeof value === "bigint") return value;
  if (typeof value === "number" && Number.isInteger(value)) {
    return BigInt(value);
  }
  return typeof value === "string" && /^[-+]?\d+$/.test(value)
    ? BigInt(value.replace("+", ""))
    : null;
}

/**
 * Formats a floating-point number with the fewest digits that identify it.
 *
 * Source: `float8out_internal()` in `float.c`, `double_to_shortest_decimal_buf()` in `d2s.c`.
 *
 * @throws {TypeError} If it is not a number.
 */
export function floatText(
  value: unknown,
  type: "float4" | "float8",
): string {
  const number = typeof value === "string" && value.trim() !== ""
    ? Number(value)
    : value;
  if (
    typeof number !== "number" || (Number.isNaN(number) && value !== number)
  ) {
    if (value === "NaN") return "NaN";
    throw new TypeError(
      `Cannot store ${
        String(value)
      } in a column of type ${type}: it is not a number`,
    );
  }
  if (!Number.isFinite(number)) return String(number);
  if (number === 0) return Object.is(number, -0) ? "-0" : "0";
  const scientific = type === "float8"
    ? number.toExponential()
    : shortestFloat4(number);
  const [mantissa = "", exponentText = "0"] = scientific.split("e");
  const exponent = Number(exponentText);
  const sign = mantissa.startsWith("-") ? "-" : "";
  const digits = mantissa.replaceAll(/[-.]/g, "");
  const isFixed = exponent >= -4 && exponent < (type === "float8" ? 15 : 6);
  return sign +
    (isFixed
      ? fixed(digits, exponent)
      : `${digits[0]}${digits.length > 1 ? "." : ""}${digits.slice(1)}e${
        exponent < 0 ? "-" : "+"
      }${String(Math.abs(exponent)).padStart(2, "0")}`);
}

function shortestFloat4(number: number): string {
  const rounded = Math.fround(number);
  for (let digits = 0;; digits++) {
    const text = rounded.toExponential(digits);
    if (digits === 9 || Math.fround(Number(text)) === rounded) return text;
  }
}

function fixed(digits: string, exponent: number): string {
  if (exponent < 0) return `0.${"0".repeat(-exponent - 1)}${digits}`;
  const whole = digits.slice(0, exponent + 1).padEnd(exponent + 1, "0");
  const fraction = digits.slice(exponent + 1);
  return fraction === "" ? whole : `${whole}.${fraction}`;
}

const NUMERIC = /^([-+]?)(\d+)(?:\.(\d+))?(?:e([-+]?\d{1,3}))?$/i;

/**
 * Formats a numeric, with as many decimal places as its column has.
 *
 * @param modifier The type's modifier; -1 for none, which keeps the decimal places.
 * @throws {TypeError} If it is not a number.
 */
export function numericText(value: unknown, modifier: number): string {
  const text = String(value);
  if (["NaN", "Infinity", "-Infinity"].includes(text)) return text;
  const match = NUMERIC.exec(text);
  if (match === null) {
    throw new TypeError(
      `Cannot store ${text} in a column of type numeric: expected a decimal number, for example "9.90"`,
    );
  }
  const [, sign = "", digitsBefore = "", digitsBehind = "", exponent] = match;
  const [whole, fraction] = shifted(
    digitsBefore,
    digitsBehind,
    Number(exponent ?? 0),
  );
  const scale = modifier < 0 ? fraction.length : (modifier - 4) & 0x7ff;
  // Rounded half away from zero.
  const rounded = BigInt(whole + fraction.slice(0, scale).padEnd(scale, "0")) +
    (Number(fraction[scale] ?? 0) >= 5 ? 1n : 0n);
  const digits = String(rounded).padStart(scale + 1, "0");
  const at = digits.length - scale;
  const written = scale === 0
    ? digits
    : `${digits.slice(0, at)}.${digits.slice(at)}`;
  return sign === "-" && rounded !== 0n ? `-${written}` : written;
}

// Moves the decimal point of a number.
function shifted(
  whole: string,
  fraction: string,
  places: number,
): readonly [whole: string, fraction: string] {
  const digits = "0".repeat(Math.max(0, -places)) + whole + fraction +
    "0".repeat(Math.max(0, places - fraction.length));
  const at = Math.max(0, -places) + whole.length + places;
  return [digits.slice(0, at), digits.slice(at)];
}
