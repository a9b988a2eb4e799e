import { float32At, float64At } from "../../bytes/big_endian.ts";
import { parseFloatingPoint } from "../text/parse_number.ts";
import { checkLength, type ValueCodec } from "../codec/value_codec.ts";

// The power of ten from which on the server writes an exponent: DBL_DIG and FLT_DIG, as
// printf() would. Source: to_chars in src/common/d2s.c and f2s.c.
const FLOAT8_DIGITS = 15;
const FLOAT4_DIGITS = 6;

// All integers up to here are exact in 32 bits.
const LARGEST_EXACT = 2 ** 24;
// From here down to 0, 32-bit numbers have fewer and fewer digits.
const SMALLEST_NORMAL = 2 ** -126;
const SMALLEST_HALFWAY = 2 ** 54;
const NEARLY_HALF = 0.499999;
const POWERS: readonly number[] = Array.from({ length: 15 }, (_, i) => 10 ** i);
// This many digits distinguish all 64-bit numbers.
const MAX_DIGITS = 17;

/** Values of `float8`: a `number`. */
export const FLOAT8: ValueCodec = {
  fromText: parseFloatingPoint,
  fromBinary: float8,
  toText: (bytes, start, end) => formatFloat8(float8(bytes, start, end)),
};

/**
 * Values of `float4`: the `number` with the same digits. 1.1 is 1.1, and not
 * 1.10000002384185791015625, the exact value of its 32 bits.
 */
export const FLOAT4: ValueCodec = {
  fromText: parseFloatingPoint,
  fromBinary: (bytes, start, end) => shortest(float4(bytes, start, end)),
  toText: (bytes, start, end) =>
    format(shortest(float4(bytes, start, end)), FLOAT4_DIGITS),
};

/** Writes a `float8` as the server does, with `extra_float_digits` 1. */
export function formatFloat8(value: number): string {
  return format(value, FLOAT8_DIGITS);
}

function float8(bytes: Uint8Array, start: number, end: number): number {
  checkLength("float8", end - start, 8);
  return float64At(bytes, start);
}

function float4(bytes: Uint8Array, start: number, end: number): number {
  checkLength("float4", end - start, 4);
  return float32At(bytes, start);
}

// The 64-bit number with the fewest digits that identify this 32-bit number.
function shortest(value: number): number {
  if (Number.isInteger(value) && Math.abs(value) <= LARGEST_EXACT) return value;
  if (!Number.isFinite(value)) return value;
  return shortestByNumbers(value) ?? shortestByText(value);
}

// Finds most of them without a text: powers of ten up to here are exact, and so are quotients
// by them. Gives up with `null` if rounding could make a difference.
function shortestByNumbers(value: number): number | null {
  const magnitude = Math.abs(value);
  if (magnitude < 1e-6 || magnitude >= 1e5) return null;
  if (Number.isInteger(Math.log2(magnitude))) return null;
  const places = FLOAT4_DIGITS - 1 - Math.floor(Math.log10(magnitude));
  for (let i = places; i < places + 3; i++) {
    const power = POWERS[i]!;
    const scaled = value * power;
    const digits = Math.round(scaled);
    if (Math.abs(scaled - digits) > NEARLY_HALF) return null;
    const near = digits / power;
    if (isInside(near, value)) return near;
  }
  return null;
}

function shortestByText(value: number): number {
  // Six digits are always exact, and trailing zeros don't matter; but numbers close to 0 are
  // further apart than that.
  const isNormal = Math.abs(value) >= SMALLEST_NORMAL;
  const isPowerOfTwo = Number.isInteger(Math.log2(Math.abs(value)));
  for (let digits = isNormal ? FLOAT4_DIGITS : 1; digits < 9; digits++) {
    const near = Number(value.toPrecision(digits));
    if (isInside(near, value)) {
      return isHalfway(value, digits) ? toEven(near, digits) : near;
    }
    // At a power of two, the numbers above are twice as far apart as those below, so the
    // nearest decimal can be another number although the next one up is this one.
    if (!isPowerOfTwo) continue;
    const next = step(near, { digits, by: 1 });
    if (isInside(next, value)) return next;
  }
  return Number(value.toPrecision(9));
}

// Whether a decimal identifies this number and is not exactly halfway to the next one: the
// server does not rely on how ties are rounded.
function isInside(near: number, value: number): boolean {
  if (near === value) return true;
  const mirrored = 2 * near - value;
  return Math.fround(near) === value && Math.fround(mirrored) !== mirrored;
}

// Whether two decimals with this many digits are equally near. Then JavaScript chooses the
// larger one, and the server the even one.
function isHalfway(value: number, digits: number): boolean {
  const text = value.toExponential(digits);
  return text.charAt(text.indexOf("e") - 1) === "5" && Number(text) === value;
}

function toEven(near: number, digits: number): number {
  const text = near.toExponential(digits - 1);
  const isOdd = Number(text.charAt(text.indexOf("e") - 1)) % 2 === 1;
  return isOdd ? step(near, { digits, by: -1 }) : near;
}

// Another decimal with this many digits, away from 0 by this many units of the last digit.
function step(
  value: number,
  { digits, by }: { readonly digits: number; readonly by: 1 | -1 },
): number {
  const [mantissa = "", exponent] = value.toExponential(digits - 1).split("e");
  const scaled = Number(mantissa.replace(".", "")) +
    (value < 0 ? -by : by);
  return Number(`${scaled}e${Number(exponent) - digits + 1}`);
}

function format(value: number, digits: number): string {
  if (value === 0) return Object.is(value, -0) ? "-0" : "0";
  if (!Number.isFinite(value)) return String(value);
  const text = digits === FLOAT8_DIGITS
    ? exponentialText(value)
    : value.toExponential();
  const [mantissa = "", exponent = ""] = text.split("e");
  const power = Number(exponent);
  // JavaScript writes numbers from 1e-7 to 1e21 without an exponent.
  if (power >= -4 && power < digits) return String(value);
  const sign = power < 0 ? "-" : "+";
  return `${mantissa}e${sign}${String(Math.abs(power)).padStart(2, "0")}`;
}

// As JavaScript writes it, except for numbers like 1e23: it is halfway between two numbers,
// and the server writes one of them as 9.999999999999999e+22.
function exponentialText(value: number): string {
  let text = value.toExponential();
  // Up to here, a halfway decimal has more digits than necessary.
  if (Math.abs(value) < SMALLEST_HALFWAY) return text;
  const exact = BigInt(value);
  for (
    let digits = digitsOf(text).length;
    digits < MAX_DIGITS && isHalfwayText(text, exact);
    digits++
  ) text = value.toExponential(digits);
  return text;
}

function digitsOf(text: string): string {
  return text.slice(0, text.indexOf("e")).replace(/[-.]/g, "");
}

function isHalfwayText(text: string, exact: bigint): boolean {
  const digits = digitsOf(text);
  const power = Number(text.slice(text.indexOf("e") + 1)) - digits.length + 1;
  const magnitude = BigInt(digits) * 10n ** BigInt(power);
  const mirrored = 2n * (exact < 0n ? -magnitude : magnitude) - exact;
  return mirrored !== exact && Number.isFinite(Number(mirrored)) &&
    BigInt(Number(mirrored)) === mirrored;
}
