import type { Relation } from "../events/relation.ts";
import { Applier } from "./engine/applier.ts";
import type { ApplyOptions } from "./engine/apply_options.ts";
import type { SqliteDatabase } from "./sqlite/database.ts";
import { SqliteTarget } from "./sqlite/target.ts";

/** Options for {@linkcode applyToSqlite}. */
export interface ApplyToSqliteOptions extends ApplyOptions {
  /**
   * Names the table for the changes of one of the source.
   *
   * @default {undefined} its name; with the schema before it, unless that is `public`
   */
  readonly table?: (relation: Relation) => string;
}

/**
 * Makes a SQLite database a copy of the tables that are followed: rows, and the position in
 * the stream, in one transaction of it.
 *
 * Integers, booleans (0 and 1), floats and bytes are SQLite's own; everything else is text:
 * exact decimals, times, UUIDs as the stream has them, documents, arrays and composites as
 * JSON, ranges as PostgreSQL writes them.
 *
 * Its triggers and foreign keys hold as for anyone who writes. As many source transactions as
 * have come go into one; keep `PRAGMA synchronous` at `FULL`, or what is acknowledged can be
 * lost with the power.
 *
 * @example
 * ```ts
 * import { applyToSqlite } from "@walbrook/walbrook/apply";
 * import { DatabaseSync } from "node:sqlite";
 *
 * const replica = applyToSqlite(new DatabaseSync(":memory:"));
 * // subscribe({ …, acknowledge: "manual", checkpoint: replica.checkpoint })
 * // deliver(subscription, replica)
 * console.log(await replica.checkpoint.load());
 * ```
 *
 * @param database The database. It is the caller's to close, after the delivery.
 * @param options Names.
 * @returns The destination, for `deliver()`.
 */
export function applyToSqlite(
  database: SqliteDatabase,
  options: ApplyToSqliteOptions = {},
): Applier {
  const { name = "walbrook", manageTables = true, keys, table = nameOf } =
    options;
  return new Applier(
    new SqliteTarget(database, { name, manageTables, keys, table }),
    LINGER_MS,
  );
}

// Nothing comes while a transaction is written, so that the next one would hold no more than
// what arrives at once: many small ones, each with a write to the disk.
const LINGER_MS = 5;

function nameOf({ schema, name }: Relation): string {
  return schema === "public" ? name : `${schema}.${name}`;
}
