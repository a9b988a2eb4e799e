import type { ReplicationEvent } from "../events/event.ts";
import { UNCHANGED } from "../unchanged.ts";
import { setOwnProperty } from "../values/own_property.ts";
import { hexText, JsonText } from "./json_text.ts";

/**
 * Converts an event to JSON from which {@linkcode deserializeEvent} restores the same event:
 * to store changes and to replay them. A type that JSON lacks is an object with one member
 * whose name begins with `$`: `{"$bigint":"17"}`.
 *
 * For other readers, use `toJson()`.
 *
 * @example
 * ```ts
 * import { deserializeEvent, serializeEvent } from "@walbrook/walbrook/encode";
 * import { toLsn, type UnixMicros } from "@walbrook/walbrook";
 * import { assertEquals } from "@std/assert";
 *
 * const event = {
 *   kind: "begin",
 *   table: null,
 *   transaction: {
 *     xid: 755,
 *     commitLsn: toLsn(0x16_b374d848n),
 *     commitTime: 0n as UnixMicros,
 *     origin: null,
 *   },
 *   index: 0,
 * } as const;
 * assertEquals(deserializeEvent(serializeEvent(event)), event);
 * ```
 *
 * @param event The event.
 * @returns The JSON, on one line.
 * @throws {TypeError} If a value of a row is an object of an unknown class, created by a
 * function in `types`.
 */
export function serializeEvent(event: ReplicationEvent): string {
  return JSON.stringify(tag(event));
}

/**
 * Parses the output of {@linkcode serializeEvent}.
 *
 * @example
 * ```ts
 * import { deserializeEvent } from "@walbrook/walbrook/encode";
 * import { assertThrows } from "@std/assert";
 *
 * assertThrows(() => deserializeEvent("{"), SyntaxError);
 * ```
 *
 * @param text The JSON.
 * @returns The event.
 * @throws {SyntaxError} If the text is not such output.
 */
export function deserializeEvent(text: string): ReplicationEvent {
  const event = untag(JSON.parse(text));
  if (typeof event === "object" && event !== null && "kind" in event) {
    return event as ReplicationEvent;
  }
  throw new SyntaxError(
    `Cannot read ${JSON.stringify(text.slice(0, 100))} as an event`,
  );
}

function tag(value: unknown): unknown {
  switch (typeof value) {
    case "bigint":
      return { $bigint: `${value}` };
    case "number":
      return Number.isFinite(value) && !Object.is(value, -0)
        ? value
        : { $number: Object.is(value, -0) ? "-0" : `${value}` };
    case "undefined":
      return { $undefined: true };
    case "symbol":
      if (value === UNCHANGED) return { $unchanged: true };
      throw cannotWrite(value);
    case "object":
      return value === null ? null : tagObject(value);
    case "function":
      throw cannotWrite(value);
    default:
      return value;
  }
}

function tagObject(value: object): unknown {
  if (Array.isArray(value)) return value.map(tag);
  if (value instanceof Uint8Array) return { $bytes: hexText(value) };
  if (value instanceof Date) return { $date: value.getTime() };
  if (value instanceof JsonText) return { $json: value.text };
  const prototype = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) {
    throw cannotWrite(value);
  }
  const names = Object.keys(value);
  const members = Object.entries(value).map(([name, one]) => [name, tag(one)]);
  // An object that looks like a tag is written as its members.
  if (names.length === 1 && names[0]!.startsWith("$")) {
    return { $object: members };
  }
  return Object.fromEntries(members);
}

function cannotWrite(value: unknown): TypeError {
  const what = typeof value === "object" && value !== null
    ? `an object of class ${value.constructor?.name}`
    : String(value);
  return new TypeError(
    `Cannot write ${what} so that it can be read again: leave the type to this package, or let its function in "types" make plain values`,
  );
}

function untag(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(untag);
  const members = Object.entries(value);
  if (members.length === 1 && members[0]![0].startsWith("$")) {
    return untagValue(...members[0]!);
  }
  return objectOf(members);
}

function objectOf(members: readonly [string, unknown][]): object {
  const object: Record<string, unknown> = {};
  for (const [name, one] of members) setOwnProperty(object, name, untag(one));
  return object;
}

function untagValue(name: string, value: unknown): unknown {
  switch (name) {
    case "$bigint":
      return BigInt(value as string);
    case "$number":
      return Number(value);
    case "$undefined":
      return undefined;
    case "$unchanged":
      return UNCHANGED;
    case "$bytes":
      return bytesOf(value as string);
    case "$date":
      return new Date(value as number);
    case "$json":
      return new JsonText(value as string);
    case "$object":
      return objectOf(value as [string, unknown][]);
    default:
      throw new SyntaxError(`Cannot read a value that is tagged "${name}"`);
  }
}

function bytesOf(hex: string): Uint8Array {
  const bytes = new Uint8Array(hex.length / 2);
  for (let i = 0; i < bytes.length; i++) {
    bytes[i] = parseInt(hex.slice(2 * i, 2 * i + 2), 16);
  }
  return bytes;
}
