/**
 * Copies of tables in other databases, kept up to date: rows and position in one
 * transaction.
 *
 * @example
 * ```ts
 * import { applyToSqlite } from "@walbrook/walbrook/apply";
 * import { DatabaseSync } from "node:sqlite";
 *
 * const replica = applyToSqlite(new DatabaseSync(":memory:"));
 * console.log(replica.name);
 * ```
 *
 * @module
 */
export type { Applier } from "./applier.ts";
export type { ApplyOptions } from "./apply_options.ts";
export { applyToSqlite, type ApplyToSqliteOptions } from "./apply_to_sqlite.ts";
export type { SqliteDatabase, SqliteStatement } from "./sqlite_database.ts";
export type { SqliteValue } from "./sqlite_types.ts";
