import { toDate, type UnixMicros } from "@walbrook/walbrook";

/** Formats a time in ISO 8601, in UTC, with microseconds. */
export function isoTime(time: UnixMicros): string {
  const micros = ((time % 1000n) + 1000n) % 1000n;
  const whole = toDate((time - micros) as UnixMicros).toISOString();
  return `${whole.slice(0, -1)}${String(micros).padStart(3, "0")}Z`;
}
