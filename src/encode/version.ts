import type {
  DeleteEvent,
  InsertEvent,
  LogicalMessageEvent,
  TruncateEvent,
  UpdateEvent,
} from "../events/event.ts";
import type { ReadEvent } from "../events/snapshot_event.ts";
import { keyText } from "./key_text.ts";
import { tableName } from "../events/table_name.ts";

/** An event that changes something, or stands for a row that is there. */
export type VersionedEvent =
  | InsertEvent
  | UpdateEvent
  | DeleteEvent
  | TruncateEvent
  | LogicalMessageEvent
  | ReadEvent;

/** Which cluster a change comes from: `subscription.system`. */
export interface VersionSource {
  /** The cluster, as IDENTIFY_SYSTEM names it. */
  readonly systemId: string;
  /** The timeline. */
  readonly timeline: number;
}

/**
 * Writes the identity of a change as text. It is the same each time the change is
 * delivered, after restarts too, and belongs to no other change. Sorted as text, in any
 * collation, versions are in the order in which the changes are delivered.
 *
 * It is `<commit LSN>-<index>`, both in hexadecimal digits of fixed length:
 * `000000160374d848-00000002`. A copied row and a message outside of a transaction stand
 * between two transactions: their first part is a position where no commit can be. A
 * copied row has a third part, made of its key, since a copy that goes on after a restart
 * may number its rows otherwise.
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
 * @param source The cluster: put in front where changes of several meet. After a failover
 * its timeline is another one, and so is the text.
 * @returns The text, of ASCII letters, digits and `-`; with a source, `/` too.
 */
export function version(event: VersionedEvent, source?: VersionSource): string {
  const text = versionText(event);
  return source === undefined
    ? text
    : `${source.systemId}/${source.timeline}/${text}`;
}

// Most changes share their commit's position with the one before.
let lastCommit = -1n;
let lastPrefix = "";

function versionText(event: VersionedEvent): string {
  if (event.kind === "read") {
    // WAL records begin at multiples of 8 (MAXALIGN): a commit may begin at `lsn`, where
    // it comes after the row, and never just before it.
    return `${prefixOf(event.lsn - 1n)}${hex8(event.index)}-${tagOf(event)}`;
  }
  if (event.transaction === null) {
    // It comes before a row that is copied at the same position.
    return `${prefixOf(event.lsn - 2n)}00000000`;
  }
  return prefixOf(event.transaction.commitLsn) + hex8(event.index);
}

function prefixOf(position: bigint): string {
  if (position !== lastCommit) {
    lastCommit = position;
    lastPrefix = `${
      BigInt.asUintN(64, position).toString(16).padStart(16, "0")
    }-`;
  }
  return lastPrefix;
}

function hex8(index: number): string {
  const digits = index.toString(16);
  return digits.length < 8 ? "00000000".slice(digits.length) + digits : digits;
}

// Without a key, only its place in the copy tells a row.
function tagOf(event: ReadEvent): string {
  const text = keyText(event) ?? `${tableName(event.relation)} ${event.run}`;
  return (hash32(text, 0x811c9dc5) + 0x1_0000_0000).toString(16).slice(1) +
    (hash32(text, 0x050c5d1f) + 0x1_0000_0000).toString(16).slice(1);
}

// FNV-1a; two starts give 64 bits.
function hash32(text: string, start: number): number {
  let hash = start;
  for (let i = 0; i < text.length; i++) {
    hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  }
  return hash >>> 0;
}
