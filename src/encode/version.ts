import { indexDigits, positionDigits } from "./fixed_digits.ts";
import type { LogicalMessageEvent, TruncateEvent } from "../events/event.ts";
import type {
  DeleteEvent,
  InsertEvent,
  UpdateEvent,
} from "../events/row_event.ts";
import type { ReadEvent } from "../events/snapshot_event.ts";
import { keyText } from "./key_text.ts";
import { tableName } from "../events/table_name.ts";

/** An event that changes something, or represents an existing row. */
export type VersionedEvent =
  | InsertEvent
  | UpdateEvent
  | DeleteEvent
  | TruncateEvent
  | LogicalMessageEvent
  | ReadEvent;

/** The cluster from which a change comes: `subscription.system`. */
export interface VersionSource {
  /** The cluster's identifier, as returned by IDENTIFY_SYSTEM. */
  readonly systemId: string;
  /** The timeline. */
  readonly timeline: number;
}

/**
 * Returns the identity of a change as text. It is the same each time the change is delivered,
 * even after restarts, and no other change has it. Sorted as text, in any collation, versions
 * are in the order in which the changes are delivered.
 *
 * It is `<commit LSN>-<index>`, both in hexadecimal digits of fixed length:
 * `000000160374d848-00000002`. A copied row and a message outside of a transaction come
 * between two transactions: their first part is a position where no commit can be. A copied
 * row has a third part, computed from its key, since a copy that is resumed after a restart
 * may number its rows differently.
 *
 * @example
 * ```ts
 * import { version, type VersionedEvent } from "@walbrook/walbrook/encode";
 *
 * const applied = new Map<string, string>();
 * function isNew(key: string, event: VersionedEvent): boolean {
 *   if (version(event) <= (applied.get(key) ?? "")) return false;
 *   applied.set(key, version(event));
 *   return true;
 * }
 * console.log(isNew.name);
 * ```
 *
 * @param event The event.
 * @param source The cluster, as a prefix if changes of several clusters are combined. After a
 * failover its timeline differs, and so does the text.
 * @returns The text, of ASCII letters, digits and `-`; with a source, also `/`.
 */
export function version(event: VersionedEvent, source?: VersionSource): string {
  const text = versionText(event);
  return source === undefined
    ? text
    : `${source.systemId}/${source.timeline}/${text}`;
}

// Most changes have the same commit position as the one before.
let lastCommit = -1n;
let lastPrefix = "";

function versionText(event: VersionedEvent): string {
  if (event.kind === "read") {
    // WAL records begin at multiples of 8 (MAXALIGN): a commit may begin at `lsn`, and then
    // comes after the row, but never just before it.
    return `${prefixOf(event.lsn - 1n)}${indexDigits(event.index)}-${
      tagOf(event)
    }`;
  }
  if (event.transaction === null) {
    // It comes before a row that is copied at the same position.
    return `${prefixOf(event.lsn - 2n)}00000000`;
  }
  return prefixOf(event.transaction.commitLsn) + indexDigits(event.index);
}

function prefixOf(position: bigint): string {
  if (position !== lastCommit) {
    lastCommit = position;
    lastPrefix = `${positionDigits(position)}-`;
  }
  return lastPrefix;
}

// Without a key, only its place in the copy identifies a row.
function tagOf(event: ReadEvent): string {
  const text = keyText(event) ?? `${tableName(event.relation)} ${event.run}`;
  return (hash32(text, 0x811c9dc5) + 0x1_0000_0000).toString(16).slice(1) +
    (hash32(text, 0x050c5d1f) + 0x1_0000_0000).toString(16).slice(1);
}

// FNV-1a; two initial values give 64 bits.
function hash32(text: string, start: number): number {
  let hash = start;
  for (let i = 0; i < text.length; i++) {
    hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  }
  return hash >>> 0;
}
