import type { PartitionPosition, ReceivedChange } from "./target.ts";

/** A message of a partition. */
export interface PartitionMessage {
  /** Its number in the stream. */
  readonly sequence: number;
  /** Who published it. */
  readonly source: string;
  /** The version of its last change. */
  readonly version: string;
  /** The version before it, of the same publisher in the same partition; `null` if unknown. */
  readonly previous: string | null;
  /** Whether it holds a line for each change. */
  readonly hasRows: boolean;
  /** The payload. */
  readonly text: string;
}

/** Changes that are missing from the stream. */
export interface MissingChanges {
  /** Whose. */
  readonly source: string;
  /** The last change before them. */
  readonly after: string;
  /** The last of them. */
  readonly last: string;
}

/** What is new in some messages. */
export interface NewChanges {
  /** The changes, in order. */
  readonly changes: readonly ReceivedChange[];
  /** The position behind them. */
  readonly to: PartitionPosition;
  /** How many changes were applied before. */
  readonly repeated: number;
  /** What is missing before one of them; `null` if nothing is. */
  readonly missing: MissingChanges | null;
}

/**
 * Finds what was not applied yet. A publisher stores everything in order and leaves nothing
 * out, so whatever has a lower version than the last applied one was sent again.
 *
 * @param messages Messages of one partition, in the stream's order.
 * @param from How far the partition is applied.
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

// A copied row has a version of three parts: position, place and key. A copy that goes on
// after a restart may number its rows otherwise, at the same position.
const COPIED = /^[\da-f]+-[\da-f]+-/;
const POSITION_LENGTH = 16;

function isNew(version: string, last: string): boolean {
  if (version > last) return true;
  return COPIED.test(version) && COPIED.test(last) &&
    version.slice(0, POSITION_LENGTH) === last.slice(0, POSITION_LENGTH);
}
