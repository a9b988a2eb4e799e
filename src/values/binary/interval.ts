import { int32At, int64At, uint32At } from "../../bytes/big_endian.ts";
import { CalendarWriter } from "./calendar.ts";
import {
  checkLength,
  textualCodec,
  type ValueCodec,
} from "../codec/value_codec.ts";

const WRITER: CalendarWriter = new CalendarWriter();

const INT32_MAX = 0x7fff_ffff;
const INT32_MIN = -0x8000_0000;
const UINT32_MAX = 0xffff_ffff;
const HOUR_MICROS = 3_600_000_000;
// Beyond this, the two 32-bit halves don't make an exact number.
const EXACT_HIGH = 0x200000;

/** Values of `interval`: text in `IntervalStyle` postgres. */
export const INTERVAL: ValueCodec = textualCodec(intervalText);

// Source: EncodeInterval in src/backend/utils/adt/datetime.c.
function intervalText(bytes: Uint8Array, start: number, end: number): string {
  checkLength("interval", end - start, 16);
  const high = int32At(bytes, start);
  const low = uint32At(bytes, start + 4);
  const days = int32At(bytes, start + 8);
  const months = int32At(bytes, start + 12);
  // Infinite since PostgreSQL 17; before, these were the ends of the range.
  if (days === INT32_MAX && months === INT32_MAX) {
    if (high === INT32_MAX && low === UINT32_MAX) return "infinity";
  } else if (days === INT32_MIN && months === INT32_MIN) {
    if (high === INT32_MIN && low === 0) return "-infinity";
  }
  WRITER.begin();
  const years = (months / 12) | 0;
  const isBehindYear = part(years, "year", false);
  const isBehindMonth = part(months - 12 * years, "mon", isBehindYear);
  const isBehindDay = part(days, "day", isBehindMonth);
  const { isEmpty } = WRITER;
  if (high === 0 && low === 0 && !isEmpty) return WRITER.text();
  if (!isEmpty) WRITER.ascii(" ");
  if (high < 0) WRITER.ascii("-");
  else if (isBehindDay) WRITER.ascii("+");
  clock(bytes, start);
  return WRITER.text();
}

// Writes a part, if it is not 0. A positive part after a negative one has an explicit sign.
// Returns whether the last part is negative.
function part(value: number, unit: string, isBehindNegative: boolean): boolean {
  if (value === 0) return isBehindNegative;
  if (!WRITER.isEmpty) WRITER.ascii(" ");
  if (value < 0) WRITER.ascii("-");
  else if (isBehindNegative) WRITER.ascii("+");
  WRITER.integer(Math.abs(value)).ascii(" ").ascii(unit);
  if (value !== 1) WRITER.ascii("s");
  return value < 0;
}

// Writes hours, minutes and seconds without their sign.
function clock(bytes: Uint8Array, start: number): void {
  const high = int32At(bytes, start);
  if (high >= -EXACT_HIGH && high < EXACT_HIGH) {
    const total = high * 0x1_0000_0000 + uint32At(bytes, start + 4);
    const micros = Math.abs(total);
    const hours = Math.floor(micros / HOUR_MICROS);
    WRITER.duration(hours, micros - hours * HOUR_MICROS);
    return;
  }
  const total = int64At(bytes, start);
  const micros = total < 0n ? -total : total;
  const hours = micros / BigInt(HOUR_MICROS);
  WRITER.duration(Number(hours), Number(micros % BigInt(HOUR_MICROS)));
}
