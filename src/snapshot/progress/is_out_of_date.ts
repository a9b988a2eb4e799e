import type { CopiedVersion } from "./snapshot_state.ts";

/** Whether rows copied from an earlier version of a table are out of date. */
export function isOutOfDate(
  before: CopiedVersion,
  now: CopiedVersion,
): boolean {
  if (before.keyColumns.join("\0") !== now.keyColumns.join("\0")) return true;
  if (before.filter !== now.filter) return true;
  // A table that was not rewritten, as far as that can be detected, has the old values. (A
  // partitioned table has no file.)
  const isSameFile = before.fileNode === now.fileNode && now.fileNode !== "0";
  const old = new Map(before.columns.map((column) => [column[0], column]));
  return now.columns.some(([number, type, modifier, isFilled]) => {
    const was = old.get(number);
    if (was === undefined) {
      // A column that existed before and is published now, or one that was added since.
      return number <= before.attributes || (!isSameFile && isFilled);
    }
    return !isSameFile && (was[1] !== type || was[2] !== modifier);
  });
}
