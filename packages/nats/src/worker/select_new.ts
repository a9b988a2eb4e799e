import type { PartitionPosition, ReceivedChange } from "./target.ts";

/** A message of a partition. */
export interface PartitionMessage {
  /** Its number in the stream. */
  readonly sequence: number;
  /** Its publisher. */
  readonly source: string;
  /** The version of its last change. */
  readonly version: string;
  /** The previous version of the same publisher in the same partition; `null` if unknown. */
  readonly previous: string | null;
  /** Whether it contains one line per change. */
  readonly hasRows: boolean;
  /** The payload. */
  readonly text: string;
}

/** Changes that are missing from the stream. */
export interface MissingChanges {
  /** The publisher. */
  readonly source: string;
  /** The last change before the missing ones. */
  readonly after: string;
  /** The last missing change. */
  readonly last: string;
}

/** The new changes in some messages. */
export interface NewChanges {
  /** The changes, in order. */
  readonly changes: readonly ReceivedChange[];
  /** The position after them. */
  readonly to: PartitionPosition;
  /** How many changes were applied before. */
  readonly repeated: number;
  /** The missing changes before one of them; `null` if none are missing. */
  readonly missing: MissingChanges | null;
}

/**
 * Finds the changes that were not applied yet. A publisher stores everything in order and
 * without omissions, so a version lower than the last applied one was sent again.
 *
 * @param messages Messages of one partition, in the stream's order.
 * @param from The position up to which the partition is applied.
 */
export function selectNew(
  messages: readonly PartitionMessage[],
  from: PartitionPosition,
): NewChanges {
  const versions: Record<string, string> = { ...from.versions };
  const changes: ReceivedChange[] = [];
  let { sequence } = from;
  let repeated = 0;
  let missing: MissingChanges | null = null;
  for (const message of messages) {
    const { source, previous } = message;
    let last = versions[source] ?? "";
    if (previous !== null && last !== "" && previous > last) {
      missing ??= { source, after: last, last: previous };
    }
    for (const change of changesOf(message)) {
      if (isNew(change.version, last)) {
        changes.push(change);
        if (change.version > last) last = change.version;
      } else repeated++;
    }
    versions[source] = last;
    sequence = message.sequence;
  }
  const { created } = from;
  return { changes, to: { created, sequence, versions }, repeated, missing };
}

function changesOf(message: PartitionMessage): ReceivedChange[] {
  const { sequence, version, text, hasRows } = message;
  if (!hasRows) return [{ version, text, sequence }];
  return text.trimEnd().split("\n").map((line) => {
    const change: { readonly version?: unknown } = JSON.parse(line);
    if (typeof change.version !== "string") {
      throw new TypeError(
        `Cannot apply message ${sequence}: its lines have no member "version"; publish with an "encode" that writes it, or with rowsPerMessage: 1`,
      );
    }
    return { version: change.version, text: line, sequence };
  });
}

// A copied row has a version of three parts: position, place and key. A copy that is resumed
// after a restart may number its rows differently at the same position.
const COPIED = /^[\da-f]+-[\da-f]+-/;
const POSITION_LENGTH = 16;

function isNew(version: string, last: string): boolean {
  if (version > last) return true;
  return COPIED.test(version) && COPIED.test(last) &&
    version.slice(0, POSITION_LENGTH) === last.slice(0, POSITION_LENGTH);
}
