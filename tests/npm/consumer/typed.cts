import walbrook = require("walbrook");

export function positionOf(event: walbrook.InsertEvent): string {
  // @ts-expect-error An insert has no old row.
  void event.oldRow;
  return walbrook.formatLsn(event.lsn);
}
