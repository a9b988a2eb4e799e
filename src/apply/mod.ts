/**
 * Copies of tables in other databases, kept up to date: rows and position in one transaction.
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
export type { Applier } from "./engine/applier.ts";
export type { ApplyOptions } from "./engine/apply_options.ts";
export {
  applyToPostgres,
  type ApplyToPostgresOptions,
} from "./apply_to_postgres.ts";
export { applyToSqlite, type ApplyToSqliteOptions } from "./apply_to_sqlite.ts";
export type { SqliteDatabase, SqliteStatement } from "./sqlite/database.ts";
export type { SqliteValue } from "./sqlite/types.ts";
export type {
  PostgresClient,
  PostgresPool,
  PostgresResult,
} from "./postgres/client.ts";
export type { TargetName } from "./postgres/tables.ts";
