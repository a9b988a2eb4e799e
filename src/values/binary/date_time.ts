import { int32At, int64At, uint32At } from "../../bytes/big_endian.ts";
import { ProtocolError } from "../../errors.ts";
import { CalendarWriter } from "./calendar.ts";
import {
  checkLength,
  textualCodec,
  type ValueCodec,
} from "../codec/value_codec.ts";

const DAYS: CalendarWriter = new CalendarWriter();
const LOCAL_TIMES: CalendarWriter = new CalendarWriter();
const UTC_TIMES: CalendarWriter = new CalendarWriter();
const TIMES: CalendarWriter = new CalendarWriter();

const DAY_MICROS = 86_400_000_000;
const MINUTE_MICROS = 60_000_000;
// Beyond this, the two 32-bit halves don't make an exact number.
const EXACT_HIGH = 0x200000;
const NO_DATE = { days: NaN, text: "" };
// The values that represent infinity: the limits of the integers.
const INT32_MAX = 0x7fff_ffff;
const INT32_MIN = -0x8000_0000;
const UINT32_MAX = 0xffff_ffff;

// Texts of dates, by the last bits of their days: most tables have a few hundred different dates.
const KEPT_DATES = 512;
const DATES: { readonly days: number; readonly text: string }[] = Array.from(
  { length: KEPT_DATES },
  () => NO_DATE,
);

/** Values of `date`: ISO text. */
export const DATE: ValueCodec = textualCodec(dateText);

/** Values of `time`: ISO text. */
export const TIME: ValueCodec = textualCodec(timeText);

/** Values of `timetz`: ISO text. */
export const TIMETZ: ValueCodec = textualCodec(timetzText);

/** Values of `timestamp`: ISO text. */
export const TIMESTAMP: ValueCodec = textualCodec((bytes, start, end) =>
  beginTimestamp(LOCAL_TIMES, bytes, start, end)
    ? LOCAL_TIMES.era().text()
    : infinity(bytes, start)
);

/** Values of `timestamptz`: ISO text in UTC, the time zone of the session. */
export const TIMESTAMPTZ: ValueCodec = textualCodec((bytes, start, end) =>
  beginTimestamp(UTC_TIMES, bytes, start, end)
    ? UTC_TIMES.utc().era().text()
    : infinity(bytes, start)
);

function dateText(bytes: Uint8Array, start: number, end: number): string {
  checkLength("date", end - start, 4);
  const days = int32At(bytes, start);
  const place = days & (KEPT_DATES - 1);
  const kept = DATES[place]!;
  if (kept.days === days) return kept.text;
  if (days === INT32_MAX) return "infinity";
  if (days === INT32_MIN) return "-infinity";
  const text = DAYS.beginWithDay(days).era().text();
  DATES[place] = { days, text };
  return text;
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

// Writes a timestamp, or returns false if it is infinite.
function beginTimestamp(
  writer: CalendarWriter,
  bytes: Uint8Array,
  start: number,
  end: number,
): boolean {
  checkLength("timestamp", end - start, 8);
  const high = int32At(bytes, start);
  const low = uint32At(bytes, start + 4);
  if (high === INT32_MAX && low === UINT32_MAX) return false;
  if (high === INT32_MIN && low === 0) return false;
  let minutes: number;
  let micros: number;
  if (high >= -EXACT_HIGH && high < EXACT_HIGH) {
    const total = high * 0x1_0000_0000 + low;
    minutes = Math.floor(total / MINUTE_MICROS);
    micros = (total - minutes * MINUTE_MICROS) | 0;
  } else {
    const total = int64At(bytes, start);
    const minute = BigInt(MINUTE_MICROS);
    const rest = ((total % minute) + minute) % minute;
    minutes = Number((total - rest) / minute);
    micros = Number(rest);
  }
  const seconds = (micros / 1_000_000) | 0;
  writer.beginWithMinute(minutes).seconds(
    seconds,
    micros - seconds * 1_000_000,
  );
  return true;
}

function infinity(bytes: Uint8Array, start: number): string {
  return int32At(bytes, start) < 0 ? "-infinity" : "infinity";
}

function timeOfDay(bytes: Uint8Array, at: number): number {
  const micros = int32At(bytes, at) * 0x1_0000_0000 + uint32At(bytes, at + 4);
  if (micros >= 0 && micros <= DAY_MICROS) return micros;
  throw new ProtocolError(
    `Cannot decode a time: ${micros} microseconds are no time of day`,
  );
}
