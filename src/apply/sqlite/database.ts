import type { SqliteValue } from "./types.ts";

/** A prepared statement. */
export interface SqliteStatement {
  /** Runs it. */
  run(...values: SqliteValue[]): { readonly changes: number | bigint };
  /** Runs it, and returns the rows, as objects by column. */
  all(...values: SqliteValue[]): unknown[];
}

/**
 * A SQLite database: `DatabaseSync` of `node:sqlite`, which Deno, Bun and Node 22.5 and later
 * have, or `Database` of `better-sqlite3`.
 */
export interface SqliteDatabase {
  /** Runs statements without parameters. */
  exec(sql: string): unknown;
  /** Prepares a statement. */
  prepare(sql: string): SqliteStatement;
  /** Whether a transaction is open: in `node:sqlite`, from Node 22.16 on. */
  readonly isTransaction?: boolean;
  /** The same in `better-sqlite3`. */
  readonly inTransaction?: boolean;
}
