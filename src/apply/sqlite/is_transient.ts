// See https://www.sqlite.org/rescode.html. node:sqlite has extended codes, whose lowest byte is
// the primary one; better-sqlite3 has names.
const CODES = [5, 6, 7, 9, 10, 13, 14];
const NAMES = /^SQLITE_(?:BUSY|LOCKED|NOMEM|INTERRUPT|IOERR|FULL|CANTOPEN)/;

// Deno's node:sqlite has no code, only the texts of sqlite3_errstr().
const TEXTS =
  /^(?:database (?:table |schema )?is locked|out of memory|interrupted|disk I\/O error|database or disk is full|unable to open database file)\b/;

/**
 * Returns whether an error of SQLite is independent of the statement: another process has the
 * lock, memory is short, or the disk is full or fails.
 */
export function isTransient(error: unknown): boolean {
  const { errcode, code, message } = error as {
    readonly errcode?: number;
    readonly code?: string;
    readonly message?: string;
  };
  if (code === "ERR_SQLITE_ERROR" && errcode === undefined) {
    return TEXTS.test(message ?? "");
  }
  return CODES.includes((errcode ?? 0) & 0xff) || NAMES.test(code ?? "");
}
