import type { CopiedVersion } from "./snapshot_state.ts";

/** Whether rows that were copied of an earlier version of the table are out of date. */
export function isOutOfDate(
  before: CopiedVersion,
  now: CopiedVersion,
): boolean {
  if (before.keyColumns.join("\0") !== now.keyColumns.join("\0")) return true;
  if (before.filter !== now.filter) return true;
  // A table that was not written again, as far as that can be told, has the old values. (A
  // partitioned one lies in no file.)
  const isSameFile = before.fileNode === now.fileNode && now.fileNode !== "0";
  const old = new Map(before.columns.map((column) => [column[0], column]));
  return now.columns.some(([number, type, modifier, isFilled]) => {
    const was = old.get(number);
    if (was === undefined) {
      // One that was there before, and is published now; or one that was added since.
      return number <= before.attributes || (!isSameFile && isFilled);
    }
    return !isSameFile && (was[1] !== type || was[2] !== modifier);
  });
}
