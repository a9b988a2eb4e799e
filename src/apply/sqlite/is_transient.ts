// See https://www.sqlite.org/rescode.html. node:sqlite has extended codes, whose lowest byte is
// the primary one; better-sqlite3 has names.
const CODES = [5, 6, 7, 9, 10, 13, 14];
const NAMES = /^SQLITE_(?:BUSY|LOCKED|NOMEM|INTERRUPT|IOERR|FULL|CANTOPEN)/;

/**
 * Returns whether an error of SQLite is independent of the statement: another process has the
 * lock, memory is short, or the disk is full or fails.
 */
export function isTransient(error: unknown): boolean {
  const { errcode, code } = error as {
    readonly errcode?: number;
    readonly code?: string;
  };
  return CODES.includes((errcode ?? 0) & 0xff) || NAMES.test(code ?? "");
}
