import { int32At, int64At } from "../../bytes/big_endian.ts";
import { CalendarWriter } from "./calendar.ts";
import {
  checkLength,
  textualCodec,
  type ValueCodec,
} from "../codec/value_codec.ts";

const WRITER: CalendarWriter = new CalendarWriter();

const INT32_MAX = 0x7fff_ffff;
const INT32_MIN = -0x8000_0000;
const INT64_MAX = 2n ** 63n - 1n;
const HOUR_MICROS = 3_600_000_000n;

/** Values of `interval`: text in `IntervalStyle` postgres. */
export const INTERVAL: ValueCodec = textualCodec(intervalText);

// Source: EncodeInterval in src/backend/utils/adt/datetime.c.
function intervalText(bytes: Uint8Array, start: number, end: number): string {
  checkLength("interval", end - start, 16);
  const micros = int64At(bytes, start);
  const days = int32At(bytes, start + 8);
  const months = int32At(bytes, start + 12);
  // Infinite since PostgreSQL 17; before, these were the ends of the range.
  if (days === INT32_MAX && months === INT32_MAX && micros === INT64_MAX) {
    return "infinity";
  }
  if (
    days === INT32_MIN && months === INT32_MIN && micros === -INT64_MAX - 1n
  ) {
    return "-infinity";
  }
  const parts: string[] = [];
  // A positive part after a negative one has an explicit sign.
  let isBehindNegative = false;
  for (
    const [value, unit] of [
      [Math.trunc(months / 12), "year"],
      [months % 12, "mon"],
      [days, "day"],
    ] as const
  ) {
    if (value === 0) continue;
    const sign = isBehindNegative && value > 0 ? "+" : "";
    parts.push(`${sign}${value} ${unit}${value === 1 ? "" : "s"}`);
    isBehindNegative = value < 0;
  }
  if (micros !== 0n || parts.length === 0) {
    const sign = micros < 0n ? "-" : isBehindNegative ? "+" : "";
    parts.push(sign + clockText(micros < 0n ? -micros : micros));
  }
  return parts.join(" ");
}

// The hours may exceed what fits into a number of microseconds.
function clockText(micros: bigint): string {
  const hours = micros / HOUR_MICROS;
  const rest = WRITER.begin().time(Number(micros % HOUR_MICROS)).text();
  return String(hours).padStart(2, "0") + rest.slice(2);
}
