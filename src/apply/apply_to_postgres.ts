import type { Relation } from "../events/relation.ts";
import { Applier } from "./engine/applier.ts";
import type { ApplyOptions } from "./engine/apply_options.ts";
import type { PostgresPool } from "./postgres/client.ts";
import type { TargetName } from "./postgres/tables.ts";
import { PostgresTarget } from "./postgres/target.ts";

/** Options for {@linkcode applyToPostgres}. */
export interface ApplyToPostgresOptions extends ApplyOptions {
  /**
   * Names the table for the changes of one of the source.
   *
   * @default {undefined} the same schema and name
   */
  readonly table?: (relation: Relation) => TargetName;
  /** The schema of the tables for positions, which is made. @default {"walbrook"} */
  readonly schema?: string;
  /**
   * Whether the target's triggers and foreign keys are left out, as a native subscription
   * leaves them out: `session_replication_role = replica`, which takes a superuser, or the
   * right to set it.
   *
   * @default {false} they hold as for anyone who writes
   */
  readonly replicaRole?: boolean;
}

/**
 * Makes a PostgreSQL database a copy of the tables that are followed: rows, and the position
 * in the stream, in one transaction of it. As many source transactions as have come go into
 * one.
 *
 * The changes of a row are put together, and those of a table done by few statements, unless
 * the table has triggers, foreign keys or more than one unique index: then they are done in
 * their order. Columns that the target generates are left to it. Tables are made with the
 * built-in types of the source; columns of other types become `text`, unless the table is
 * made beforehand.
 *
 * @example
 * ```ts
 * import { applyToPostgres } from "@walbrook/walbrook/apply";
 * import pg from "pg";
 *
 * const pool = new pg.Pool({ connectionString: "postgres://app@localhost/copy" });
 * const replica = applyToPostgres(pool);
 * // subscribe({ …, acknowledge: "manual", checkpoint: replica.checkpoint })
 * // deliver(subscription, replica)
 * console.log(replica.name);
 * ```
 *
 * @param pool What gives a connection: one is held. It is the caller's to end, after the
 * delivery.
 * @param options Names.
 * @returns The destination, for `deliver()`.
 */
export function applyToPostgres(
  pool: PostgresPool,
  options: ApplyToPostgresOptions = {},
): Applier {
  const { name = "walbrook", manageTables = true, keys, table = sameName } =
    options;
  const { schema = "walbrook", replicaRole = false } = options;
  return new Applier(
    new PostgresTarget(pool, {
      ...{ name, manageTables, keys, table, schema, replicaRole },
    }),
    0,
  );
}

function sameName({ schema, name }: Relation): TargetName {
  return { schema, name };
}
