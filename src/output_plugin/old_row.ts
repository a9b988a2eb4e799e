import type { TupleData, TupleValue } from "../pgoutput/tuple.ts";
import { UNCHANGED } from "../unchanged.ts";
import { xidPrecedes } from "../xid.ts";
import type { KnownRelation } from "./known_relation.ts";
import type { SeenAt, SeenRelation } from "./seen_relation.ts";

/** The meaning of a payload's old values. */
export interface OldRow {
  /** The key, the whole row, or both, if they can't be distinguished. */
  readonly part: "none" | "key" | "row" | "both";
  /** The value of the columns that the payload lacks. */
  readonly missing: null | typeof UNCHANGED;
}

const NONE: OldRow = { part: "none", missing: UNCHANGED };
const KEY: OldRow = { part: "key", missing: UNCHANGED };
const BOTH: OldRow = { part: "both", missing: UNCHANGED };
const WHOLE_ROW: OldRow = { part: "row", missing: null };
const PART_OF_ROW: OldRow = { part: "row", missing: UNCHANGED };

/** The number of different column lists to remember for old rows with NULLs. */
const MAX_PATTERNS = 1_000;

/**
 * Determines the meaning of a payload's old values. A missing value is NULL only if the table
 * certainly had REPLICA IDENTITY FULL: then nothing else can be missing. A pure function.
 *
 * @param known The known table.
 * @param seen The table in the payload.
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
 * Returns whether the old values of a payload contradict the known identity of the table,
 * which may have changed since the catalog was queried.
 *
 * @param known The known table.
 * @param seen The table in the payload.
 * @param at The payload's transaction.
 */
export function isDoubtful(
  known: KnownRelation,
  { kind, old, showsOldNulls }: SeenRelation,
  { commitLsn }: SeenAt,
): boolean {
  const { found } = known;
  // The catalog has no further information.
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
 * Remembers the columns of an old row that lacks only NULLs, so that the catalog is not
 * queried for the next such row.
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
 * Creates the old tuples of an Update or Delete.
 *
 * @param old The meaning of the old values.
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
 * Creates the key tuple of an Update without old values although the table is FULL now: it
 * was not when the row changed, and the key has not changed.
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
 * @param missing The value of columns that are not present.
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

/** Returns the names of the columns that identify a row, as far as they are known. */
export function keyNamesOf({ found, message }: KnownRelation): string[] {
  if (found?.replicaIdentity === "full") return [...found.primaryKey ?? []];
  return message.columns.flatMap(({ name, isKey }) => isKey ? [name] : []);
}

// Whether a table was FULL when the transaction changed it. Catalog rows that are newer than
// that do not show the previous state.
function isSurelyFull(
  { found, fullPatterns }: KnownRelation,
  { old }: SeenRelation,
  { xid, commitLsn }: SeenAt,
): boolean {
  if (found === null) return false;
  if (commitLsn > found.asOf) return fullPatterns.has(patternOf(new Set(old)));
  const wasFullBefore = found.replicaIdentity === "full" &&
    xidPrecedes(found.changedBy, xid);
  // A nullable column is not part of any key.
  return wasFullBefore ||
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
