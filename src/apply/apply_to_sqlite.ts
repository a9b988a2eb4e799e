import type { Relation } from "../events/relation.ts";
import { Applier } from "./engine/applier.ts";
import type { ApplyOptions } from "./engine/apply_options.ts";
import type { SqliteDatabase } from "./sqlite/database.ts";
import { SqliteTarget } from "./sqlite/target.ts";

/** Options for {@linkcode applyToSqlite}. */
export interface ApplyToSqliteOptions extends ApplyOptions {
  /**
   * Returns the target table for the changes of a source table.
   *
   * @default {undefined} its name, preceded by the schema unless that is `public`
   */
  readonly table?: (relation: Relation) => string;
}

/**
 * Keeps a SQLite database up to date as a copy of the followed tables: rows, and the position
 * in the stream, in one transaction.
 *
 * Integers, booleans (0 and 1), floats and bytes are SQLite's own types; everything else is
 * text: exact decimals, times and UUIDs as in the stream; documents, arrays and composites as
 * JSON; ranges in PostgreSQL's notation.
 *
 * Its triggers and foreign keys apply as for any other client. One transaction contains as
 * many source transactions as have arrived; keep `PRAGMA synchronous` at `FULL`, or
 * acknowledged changes can be lost in a power failure.
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
 * @param database The database. The caller must close it after the delivery.
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

// Nothing arrives while a transaction is written, so without a pause the next one would
// contain only what arrives at once: many small transactions, each with a write to the disk.
const LINGER_MS = 5;

function nameOf({ schema, name }: Relation): string {
  return schema === "public" ? name : `${schema}.${name}`;
}
