import type { Row } from "../../events/relation.ts";
import { UNCHANGED } from "../../unchanged.ts";
import type { LoggedTransaction } from "./change_log.ts";

/**
 * The effect of delivered changes on the row with a given key: `"gone"`; `"given"` if nothing
 * of the chunk's row remains, because the consumer received the whole row, or the row came
 * from another key; or the row, with {@linkcode UNCHANGED} in the columns that are as in the
 * chunk.
 */
export type OverlaidRow = "gone" | "given" | Row;

/** The effect of delivered changes on the rows of a table. */
export interface Overlay {
  /** Whether the table was truncated. */
  readonly truncated: boolean;
  /** The changed rows, by key. */
  readonly rows: ReadonlyMap<string, OverlaidRow>;
}

/**
 * Combines transactions into their effect on the rows that they changed.
 *
 * @param transactions The delivered transactions that a chunk does not see, in commit order.
 * @returns `null` if one of them had too many changes to store.
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

// Values from earlier changes are filled in.
function onTopOf(before: OverlaidRow | undefined, row: Row): OverlaidRow {
  if (before === undefined) return row;
  return typeof before === "string" ? "given" : fillIn(row, before);
}

/**
 * Applies delivered changes to a row of a chunk.
 *
 * @param overlay The delivered changes that the chunk does not see.
 * @param key The row's key.
 * @param row The row in the chunk.
 * @returns The row at this point of the stream; `null` if it is gone, or if the consumer
 * already has all of it.
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

// The lower row only supplies values that the upper one lacks: columns that were added or
// dropped since are as in the upper row.
function fillIn(above: Row, below: Row): Row {
  const row: Record<string, unknown> = { ...above };
  for (const name of Object.keys(row)) {
    if (row[name] === UNCHANGED) row[name] = below[name];
  }
  return row;
}
