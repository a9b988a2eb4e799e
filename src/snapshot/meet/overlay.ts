import type { Row } from "../../events/relation.ts";
import { UNCHANGED } from "../../unchanged.ts";
import type { LoggedTransaction } from "./change_log.ts";

/**
 * What delivered changes made of the row under a key: `"gone"`; `"given"` where nothing of the
 * chunk's row is in it any more, since the consumer was given all of it, or it came from another
 * key; or the row, with {@linkcode UNCHANGED} in the columns that are as in the chunk's.
 */
export type OverlaidRow = "gone" | "given" | Row;

/** What delivered changes made of the rows of a table. */
export interface Overlay {
  /** Whether they truncated the table. */
  readonly truncated: boolean;
  /** The rows that they touched, by key. */
  readonly rows: ReadonlyMap<string, OverlaidRow>;
}

/**
 * Applies transactions to nothing, which tells what they made of the rows that they touched.
 *
 * @param transactions Those which a chunk does not see although they were delivered, in the
 * order of their commits.
 * @returns `null` if the changes of one of them were too many to be kept.
 */
export function overlayOf(
  transactions: readonly LoggedTransaction[],
): Overlay | null {
  const rows = new Map<string, OverlaidRow>();
  let truncated = false;
  for (const { changes } of transactions) {
    if (changes === null) return null;
    for (const change of changes) {
      if (change === "truncate") {
        truncated = true;
        rows.clear();
        continue;
      }
      const { oldKey, newKey, row } = change;
      const isSame = oldKey === newKey;
      if (oldKey !== null && !isSame) rows.set(oldKey, "gone");
      if (newKey === null) continue;
      const isGiven = row === null || !isSame;
      rows.set(newKey, isGiven ? "given" : onTopOf(rows.get(newKey), row));
    }
  }
  return { truncated, rows };
}

// What earlier changes brought is filled in.
function onTopOf(before: OverlaidRow | undefined, row: Row): OverlaidRow {
  if (before === undefined) return row;
  return typeof before === "string" ? "given" : fillIn(row, before);
}

/**
 * Lays what was delivered over a row of a chunk.
 *
 * @param overlay What was delivered, and the chunk does not see.
 * @param key The row's key.
 * @param row The row as the chunk has it.
 * @returns The row as it is at this point of the stream; `null` if it is gone, or the consumer
 * has all of it.
 */
export function layOver(
  { truncated, rows }: Overlay,
  key: string,
  row: Row,
): Row | null {
  const above = rows.get(key);
  if (above === undefined) return truncated ? null : row;
  if (truncated || typeof above === "string") return null;
  return fillIn(above, row);
}

/** Whether a row has a value for every column. */
export function isWhole(row: Row): boolean {
  for (const name in row) {
    if (row[name] === UNCHANGED) return false;
  }
  return true;
}

// The row below it gives what the upper one lacks, and nothing else: columns that were
// added or dropped since are those of the upper one.
function fillIn(above: Row, below: Row): Row {
  const row: Record<string, unknown> = { ...above };
  for (const name of Object.keys(row)) {
    if (row[name] === UNCHANGED) row[name] = below[name];
  }
  return row;
}
