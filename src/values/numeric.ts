import { ByteCursor } from "../bytes/byte_cursor.ts";
import { textualCodec, type ValueCodec } from "./value_codec.ts";

// src/backend/utils/adt/numeric.c.
const NEGATIVE = 0x4000;
const NAN = 0xc000;
const POSITIVE_INFINITY = 0xd000;
const NEGATIVE_INFINITY = 0xf000;
const LARGEST_SCALE = 0x3fff;
const BASE_DIGITS = 4;
const BASE = 10_000;

/** Values of `numeric`: the text, since no `number` is exact. */
export const NUMERIC: ValueCodec = textualCodec(numericText);

/** The parts of a numeric that is finite. */
interface Parts {
  /** Digits to the base 10000, without those that are zero at either end. */
  readonly digits: readonly number[];
  /** The power of 10000 that the first one counts. */
  readonly weight: number;
  /** How many decimal places to write. */
  readonly scale: number;
}

function numericText(bytes: Uint8Array, start: number, end: number): string {
  const cursor = new ByteCursor(bytes.subarray(start, end), "a numeric");
  const count = cursor.uint16();
  const weight = cursor.int16();
  const sign = cursor.uint16();
  const scale = cursor.uint16();
  const digits: number[] = [];
  for (let i = cursor.count(count, 2); i > 0; i--) {
    const digit = cursor.int16();
    if (digit < 0 || digit >= BASE) throw cursor.error(`digit ${digit}`);
    digits.push(digit);
  }
  cursor.end();
  if (scale > LARGEST_SCALE) throw cursor.error(`scale ${scale}`);
  switch (sign) {
    case 0:
      return integerText({ digits, weight, scale });
    case NEGATIVE:
      return `-${integerText({ digits, weight, scale })}`;
    case NAN:
      return "NaN";
    case POSITIVE_INFINITY:
      return "Infinity";
    case NEGATIVE_INFINITY:
      return "-Infinity";
    default:
      throw cursor.error(`unknown sign ${sign}`);
  }
}

function integerText(parts: Parts): string {
  const { digits, weight } = parts;
  let text = weight < 0 ? "0" : String(digits[0] ?? 0);
  for (let i = 1; i <= weight; i++) text += group(digits[i]);
  return text + fractionText(parts);
}

function fractionText({ digits, weight, scale }: Parts): string {
  if (scale === 0) return "";
  let text = ".";
  let at = weight + 1;
  for (let places = 0; places < scale; places += BASE_DIGITS) {
    text += group(digits[at++]);
  }
  return text.slice(0, scale + 1);
}

function group(digit: number | undefined): string {
  return String(digit ?? 0).padStart(BASE_DIGITS, "0");
}
