import { UNCHANGED } from "@walbrook/walbrook";
import type { RangeValue } from "@walbrook/walbrook/values";
import { JsonText } from "@walbrook/walbrook/encode";
import { hexText } from "./hex_text.ts";
import { escapeControls, shorten } from "./terminal_text.ts";

const LONGEST = 60;
const CONTEXT = 12;

/** Text that is unambiguous without quotes. */
const BARE = /^(?!(?:null|true|false|unchanged)$)[\p{L}\p{N}_.:@+-]+$/u;

/** Formats a value for a terminal: escaped, and truncated if it is long. */
export function valueText(value: unknown): string {
  return escapeControls(shorten(wholeText(value), LONGEST));
}

/** Formats two values, truncated so that their difference stays visible. */
export function changeText(from: unknown, to: unknown): [string, string] {
  const texts = [wholeText(from), wholeText(to)] as const;
  const skipped = commonLength(...texts) - CONTEXT;
  const isLong = texts.some((text) => text.length > LONGEST);
  const [old, now] = texts.map((text) => {
    const rest = isLong && skipped > 0 ? `…${text.slice(skipped)}` : text;
    return escapeControls(shorten(rest, LONGEST));
  });
  return [old ?? "", now ?? ""];
}

/** Returns whether two values of a column are equal. */
export function sameValue(a: unknown, b: unknown): boolean {
  return a === b || wholeText(a) === wholeText(b);
}

function wholeText(value: unknown): string {
  if (value === UNCHANGED) return "(unchanged)";
  if (value === undefined) return "(not sent)";
  if (value instanceof JsonText) return value.text;
  if (value instanceof Uint8Array) return `\\x${hexText(value)}`;
  if (Array.isArray(value)) return `[${value.map(wholeText).join(", ")}]`;
  if (Object.is(value, -0)) return "-0";
  if (typeof value === "object" && value !== null) return objectText(value);
  if (typeof value !== "string") return String(value);
  return BARE.test(value) ? value : `"${value.replace(/["\\]/g, "\\$&")}"`;
}

function objectText(value: object): string {
  if (isRange(value)) return rangeText(value);
  const parts = Object.entries(value).map(([name, part]) =>
    `${wholeText(name)}: ${wholeText(part)}`
  );
  return `{${parts.join(", ")}}`;
}

function isRange(value: object): value is RangeValue {
  return "lowerInclusive" in value && "empty" in value;
}

// As in PostgreSQL.
function rangeText(range: RangeValue): string {
  if (range.empty) return "empty";
  const [lower, upper] = [range.lower, range.upper].map((bound) =>
    bound === null ? "" : wholeText(bound)
  );
  return `${range.lowerInclusive ? "[" : "("}${lower},${upper}${
    range.upperInclusive ? "]" : ")"
  }`;
}

function commonLength(a: string, b: string): number {
  let length = 0;
  while (length < a.length && a[length] === b[length]) length++;
  return length;
}
