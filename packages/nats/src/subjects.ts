import type { DeliveredEvent } from "@walbrook/walbrook/sink";

/** The parts of a subject. */
export interface SubjectParts {
  /** The prefix of subjects. */
  readonly prefix: string;
  /** The number of partitions. */
  readonly partitions: number;
}

/**
 * Returns the partition of a key: the 32-bit FNV-1a hash of its UTF-8 bytes, modulo the
 * number of partitions. A key is always in the same partition as long as their number does
 * not change.
 *
 * @example
 * ```ts
 * import { partitionOf } from "@walbrook/nats";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(partitionOf("public.orders/17", 8), 0);
 * ```
 *
 * @param key The key of a row, in the format of `keyText()`.
 * @param partitions The number of partitions.
 * @returns A number from 0 to `partitions - 1`.
 */
export function partitionOf(key: string, partitions: number): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < key.length; i++) {
    const unit = key.charCodeAt(i);
    // A key is percent-encoded; the names of its table may not be.
    if (unit > 0x7f) return hashOfBytes(key) % partitions;
    hash = Math.imul(hash ^ unit, 0x01000193);
  }
  return (hash >>> 0) % partitions;
}

const UTF8 = new TextEncoder();

function hashOfBytes(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of UTF8.encode(text)) {
    hash = Math.imul(hash ^ byte, 0x01000193);
  }
  return hash >>> 0;
}

/**
 * Returns the subject of a change: `cdc.5.public.orders.17`; for a logical message,
 * `cdc.5._message.<prefix>`.
 *
 * @param event The event: of one row, or a message.
 * @param key Its key.
 * @param parts The prefix and the number of partitions.
 */
export function subjectOf(
  event: DeliveredEvent,
  key: string,
  { prefix, partitions }: SubjectParts,
): string {
  const head = `${prefix}.${partitionOf(key, partitions)}`;
  if (event.kind === "message") {
    return `${head}._message.${short(token(event.prefix))}`;
  }
  return `${head}.${tableTokens(event)}.${short(keyToken(event, key))}`;
}

/** Formats the schema and the name of an event's table as two tokens. */
export function tableTokens(event: DeliveredEvent): string {
  if (!("relation" in event)) return "";
  const { schema, name } = event.relation;
  return `${token(schema)}.${token(name)}`;
}

/** Formats the key of a row without its table, as one token. */
export function keyToken(event: DeliveredEvent, key: string): string {
  const table = event.table ?? "";
  // A table without a key has a single key, which is its name.
  if (key.length <= table.length) return "-";
  const text = key.slice(table.length + 1);
  return text === "" ? "=_" : text.replaceAll(NOT_PLAIN, (character) => {
    if (character === "%") return "=";
    return character === "," ? "/" : escape(character);
  });
}

// Everything else is encoded: ".", "*" and ">" would change which subscribers match. The
// escape character is "=", since keys of a bucket may not contain "%".
const NOT_PLAIN = /[^\w-]/g;

function token(text: string): string {
  return text === "" ? "=_" : text.replaceAll(/[^\w-]/gu, escape);
}

function escape(character: string): string {
  let escaped = "";
  for (const byte of UTF8.encode(character)) {
    escaped += `=${byte.toString(16).toUpperCase().padStart(2, "0")}`;
  }
  return escaped;
}

const LONGEST_TOKEN = 200;

// A server closes a connection because of a subject of several kilobytes. Two long keys with
// the same beginning and hash have the same subject, which is only used for filters.
function short(text: string): string {
  return text.length <= LONGEST_TOKEN
    ? text
    : `${text.slice(0, LONGEST_TOKEN)}~${hashOfBytes(text).toString(16)}`;
}
