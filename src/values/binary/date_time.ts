import { int32At, int64At, uint32At } from "../../bytes/big_endian.ts";
import { ProtocolError } from "../../errors.ts";
import { CalendarWriter } from "./calendar.ts";
import {
  checkLength,
  textualCodec,
  type ValueCodec,
} from "../codec/value_codec.ts";

const DAYS: CalendarWriter = new CalendarWriter();
const TIMES: CalendarWriter = new CalendarWriter();

const DAY_MICROS = 86_400_000_000;
const DAY_MICROS_BIG = BigInt(DAY_MICROS);
// Beyond this, the two 32-bit halves don't make an exact number.
const EXACT_HIGH = 0x200000;
// The values that represent infinity: the limits of the integers.
const INT32_MAX = 0x7fff_ffff;
const INT32_MIN = -0x8000_0000;

/** Values of `date`: ISO text. */
export const DATE: ValueCodec = textualCodec(dateText);

/** Values of `time`: ISO text. */
export const TIME: ValueCodec = textualCodec(timeText);

/** Values of `timetz`: ISO text. */
export const TIMETZ: ValueCodec = textualCodec(timetzText);

/** Values of `timestamp`: ISO text. */
export const TIMESTAMP: ValueCodec = textualCodec((bytes, start, end) =>
  timestampText(bytes, { start, end, zone: "" })
);

/** Values of `timestamptz`: ISO text in UTC, the time zone of the session. */
export const TIMESTAMPTZ: ValueCodec = textualCodec((bytes, start, end) =>
  timestampText(bytes, { start, end, zone: "+00" })
);

function dateText(bytes: Uint8Array, start: number, end: number): string {
  checkLength("date", end - start, 4);
  const days = int32At(bytes, start);
  if (days === INT32_MAX) return "infinity";
  if (days === INT32_MIN) return "-infinity";
  return DAYS.beginWithDay(days).era().text();
}

function timeText(bytes: Uint8Array, start: number, end: number): string {
  checkLength("time", end - start, 8);
  return TIMES.begin().time(timeOfDay(bytes, start)).text();
}

function timetzText(bytes: Uint8Array, start: number, end: number): string {
  checkLength("timetz", end - start, 12);
  const west = int32At(bytes, start + 8);
  return TIMES.begin().time(timeOfDay(bytes, start)).offset(-west).text();
}

interface TimestampPlace {
  readonly start: number;
  readonly end: number;
  /** The text to append after the time. */
  readonly zone: string;
}

function timestampText(
  bytes: Uint8Array,
  { start, end, zone }: TimestampPlace,
): string {
  checkLength("timestamp", end - start, 8);
  const high = int32At(bytes, start);
  const low = uint32At(bytes, start + 4);
  if (high === INT32_MAX && low === 0xffff_ffff) return "infinity";
  if (high === INT32_MIN && low === 0) return "-infinity";
  let days: number;
  let micros: number;
  if (high >= -EXACT_HIGH && high < EXACT_HIGH) {
    const total = high * 0x1_0000_0000 + low;
    days = Math.floor(total / DAY_MICROS);
    micros = total - days * DAY_MICROS;
  } else {
    const total = int64At(bytes, start);
    const rest = ((total % DAY_MICROS_BIG) + DAY_MICROS_BIG) % DAY_MICROS_BIG;
    days = Number((total - rest) / DAY_MICROS_BIG);
    micros = Number(rest);
  }
  return DAYS.beginWithDay(days).ascii(" ").time(micros).ascii(zone).era()
    .text();
}

function timeOfDay(bytes: Uint8Array, at: number): number {
  const micros = int32At(bytes, at) * 0x1_0000_0000 + uint32At(bytes, at + 4);
  if (micros >= 0 && micros <= DAY_MICROS) return micros;
  throw new ProtocolError(
    `Cannot decode a time: ${micros} microseconds are no time of day`,
  );
}
