import type { TupleData, TupleValue } from "../pgoutput/tuple.ts";
import { UNCHANGED } from "../unchanged.ts";
import { xidPrecedes } from "../xid.ts";
import type { KnownRelation } from "./known_relation.ts";
import type { SeenAt, SeenRelation } from "./seen_relation.ts";

/** What the old values of a payload are. */
export interface OldRow {
  /** The key, the whole row, or both, if there is no telling which. */
  readonly part: "none" | "key" | "row" | "both";
  /** What stands for the columns of it that the payload does not have. */
  readonly missing: null | typeof UNCHANGED;
}

const NONE: OldRow = { part: "none", missing: UNCHANGED };
const KEY: OldRow = { part: "key", missing: UNCHANGED };
const BOTH: OldRow = { part: "both", missing: UNCHANGED };
const WHOLE_ROW: OldRow = { part: "row", missing: null };
const PART_OF_ROW: OldRow = { part: "row", missing: UNCHANGED };

/** How many different lists of columns to remember of old rows with NULLs. */
const MAX_PATTERNS = 1_000;

/**
 * Tells what the old values of a payload are. What a payload does not have is NULL only
 * where the table surely was FULL: then nothing else can be missing. A pure function.
 *
 * @param known What is known of the table.
 * @param seen What the payload shows.
 * @param at The payload's transaction.
 */
export function oldRowOf(
  known: KnownRelation,
  seen: SeenRelation,
  at: SeenAt,
): OldRow {
  const sent = new Set(seen.old);
  if (sent.size === 0) return NONE;
  const { found } = known;
  const keys = keyNamesOf(known);
  const isFull = found?.replicaIdentity === "full";
  const isKey = keys.length > 0 && isSubset(sent, keys);
  if (isKey && !isFull) return KEY;
  if (known.isComplete && hasAll(known, sent)) {
    return found === null && keys.length === 0 ? BOTH : WHOLE_ROW;
  }
  if (!seen.showsOldNulls && isSurelyFull(known, seen, at)) return WHOLE_ROW;
  const hasMore = keys.length > 0 && !isKey &&
    keys.every((name) => sent.has(name));
  return hasMore ? PART_OF_ROW : KEY;
}

/**
 * Whether the old values of a payload contradict what is known of the table's identity,
 * which may have changed since the catalog was asked.
 *
 * @param known What is known of the table.
 * @param seen What the payload shows.
 * @param at The payload's transaction.
 */
export function isDoubtful(
  known: KnownRelation,
  { kind, old, showsOldNulls }: SeenRelation,
  { commitLsn }: SeenAt,
): boolean {
  const { found } = known;
  // What the catalog can tell, it has told.
  if (found === null || commitLsn <= found.asOf) return false;
  const isFull = found.replicaIdentity === "full";
  const sent = new Set(old);
  if (sent.size === 0) return isFull && kind === "update";
  if (isFull) {
    return !hasAll(known, sent) &&
      (showsOldNulls || !known.fullPatterns.has(patternOf(sent)));
  }
  const keys = keyNamesOf(known);
  return keys.length !== sent.size || !isSubset(sent, keys);
}

/**
 * Remembers which columns an old row has that lacks only NULLs, so that the catalog is not
 * asked about the next one.
 */
export function notePattern(
  { fullPatterns }: KnownRelation,
  { old }: SeenRelation,
  { part, missing }: OldRow,
): void {
  if (part !== "row" || missing !== null) return;
  if (fullPatterns.size < MAX_PATTERNS) {
    fullPatterns.add(patternOf(new Set(old)));
  }
}

/**
 * Makes the old tuples of an Update or Delete.
 *
 * @param old What the old values are.
 * @param known The table.
 * @param columns The old values.
 */
export function oldTuples(
  { part, missing }: OldRow,
  known: KnownRelation,
  columns: readonly { readonly name: string; readonly value: TupleValue }[],
): {
  readonly keyTuple: TupleData | null;
  readonly oldTuple: TupleData | null;
} {
  const tuple = part === "none" ? null : tupleOf(known, columns, missing);
  return {
    keyTuple: part === "row" ? null : tuple,
    oldTuple: part === "key" ? null : tuple,
  };
}

/**
 * Makes the key tuple of an Update that has no old values although the table is FULL by
 * now: it was not when the row changed, and the key is what it was.
 *
 * @param known The table.
 * @param newTuple The new row.
 * @returns The tuple; `null` for a table that is not FULL, or has no primary key.
 */
export function unchangedKey(
  { found, message }: KnownRelation,
  newTuple: TupleData,
): TupleData | null {
  const { replicaIdentity, primaryKey } = found ?? {};
  if (replicaIdentity !== "full" || !primaryKey) return null;
  return message.columns.map(({ name }, i) =>
    primaryKey.includes(name) ? newTuple[i]! : UNCHANGED
  );
}

/**
 * Puts values into the order of a table's columns.
 *
 * @param relation The table.
 * @param columns The values, by column name.
 * @param missing What stands for those that are not there.
 */
export function tupleOf(
  relation: KnownRelation,
  columns: readonly { readonly name: string; readonly value: TupleValue }[],
  missing: TupleValue,
): TupleData {
  const all = relation.message.columns;
  const isComplete = columns.length === all.length &&
    columns.every(({ name }, i) => name === all[i]?.name);
  if (isComplete) return columns.map(({ value }) => value);
  const values = new Map<string, TupleValue>(
    columns.map(({ name, value }) => [name, value]),
  );
  return all.map(({ name }) => {
    const value = values.get(name);
    return value === undefined ? missing : value;
  });
}

/** The names of the columns that identify a row, as far as they are known. */
export function keyNamesOf({ found, message }: KnownRelation): string[] {
  if (found?.replicaIdentity === "full") return [...found.primaryKey ?? []];
  return message.columns.flatMap(({ name, isKey }) => isKey ? [name] : []);
}

// Whether a table was FULL when the transaction changed it. Rows of the catalog that are
// newer than that do not tell what it was before.
function isSurelyFull(
  { found, fullPatterns }: KnownRelation,
  { old }: SeenRelation,
  { xid, commitLsn }: SeenAt,
): boolean {
  if (found === null) return false;
  if (commitLsn > found.asOf) return fullPatterns.has(patternOf(new Set(old)));
  const isSettledFull = found.replicaIdentity === "full" &&
    xidPrecedes(found.changedBy, xid);
  // What may be NULL is in no key.
  return isSettledFull ||
    found.columns.some((column) =>
      column.isNullable && xidPrecedes(column.changedBy, xid) &&
      old?.includes(column.name)
    );
}

function hasAll({ message }: KnownRelation, sent: Set<string>): boolean {
  return message.columns.every(({ name }) => sent.has(name));
}

function isSubset(sent: Set<string>, names: readonly string[]): boolean {
  return [...sent].every((name) => names.includes(name));
}

function patternOf(sent: Set<string>): string {
  return [...sent].join("\0");
}
