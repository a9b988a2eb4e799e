import { formatLsn, type Lsn } from "../../lsn.ts";

const UNITS = ["B", "KB", "MB", "GB", "TB"];

/** Formats a number of bytes for people: `48 MB`. */
export function formatBytes(bytes: number | bigint): string {
  let value = Number(bytes);
  let unit = 0;
  while (value >= 1_000 && unit < UNITS.length - 1) {
    value /= 1_000;
    unit++;
  }
  const digits = unit > 0 && value < 10 ? 1 : 0;
  return `${value.toFixed(digits)} ${UNITS[unit]}`;
}

/** Formats a duration for people: `0.3 s`, `4 min 12 s`, `3 days`. */
export function formatDuration(milliseconds: number): string {
  const seconds = milliseconds / 1_000;
  if (seconds < 0.05) return "0 s";
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 60) return `${Math.round(seconds)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${Math.floor(seconds % 60)} s`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return `${hours} h ${minutes % 60} min`;
  return `${Math.floor(hours / 24)} days`;
}

/** Formats a rate for people: `155`, `12.4`. */
export function formatRate(perSecond: number): string {
  return perSecond < 100 && perSecond % 1 !== 0
    ? perSecond.toFixed(1)
    : formatCount(perSecond);
}

/** Formats a whole number with commas. */
export function formatCount(count: number): string {
  return String(Math.round(count)).replace(/\B(?=(\d{3})+$)/g, ",");
}

/** Formats a time of day, in UTC. */
export function formatClock(time: number | Date): string {
  return new Date(time).toISOString().slice(11, 19);
}

/** Formats a position; `not known` for none. */
export function formatPosition(lsn: Lsn | null): string {
  return lsn === null ? "not known" : formatLsn(lsn);
}
