const BYTE_UNITS = ["B", "kB", "MB", "GB", "TB", "PB"];

/** Formats a number of bytes like PostgreSQL, with about three digits. */
export function bytesText(bytes: number): string {
  let value = Math.abs(bytes);
  let unit = 0;
  while (value >= 1024 && unit < BYTE_UNITS.length - 1) {
    value /= 1024;
    unit++;
  }
  const digits = unit === 0 || value >= 100 ? 0 : 1;
  const sign = bytes < 0 ? "-" : "";
  return `${sign}${value.toFixed(digits)} ${BYTE_UNITS[unit]}`;
}

const TIME_UNITS: readonly (readonly [number, string])[] = [
  [86_400, "d"],
  [3_600, "h"],
  [60, "min"],
];

/** Formats a time span: milliseconds below a second, otherwise the largest two units. */
export function spanText(milliseconds: number): string {
  if (milliseconds < 1_000) {
    return `${milliseconds.toFixed(milliseconds < 10 ? 1 : 0)} ms`;
  }
  const seconds = milliseconds / 1_000;
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  const at = TIME_UNITS.findIndex(([size]) => seconds >= size);
  const [size, unit] = TIME_UNITS[at]!;
  const whole = Math.floor(seconds / size);
  const [smaller, smallerUnit] = TIME_UNITS[at + 1] ?? [1, "s"];
  const rest = Math.floor((seconds - whole * size) / smaller);
  return rest === 0
    ? `${whole} ${unit}`
    : `${whole} ${unit} ${rest} ${smallerUnit}`;
}
