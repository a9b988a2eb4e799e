import type { Relation } from "../events/relation.ts";
import { Applier } from "./engine/applier.ts";
import type { ApplyOptions } from "./engine/apply_options.ts";
import type { PostgresPool } from "./postgres/client.ts";
import type { TargetName } from "./postgres/tables.ts";
import { PostgresTarget } from "./postgres/target.ts";

/** Options for {@linkcode applyToPostgres}. */
export interface ApplyToPostgresOptions extends ApplyOptions {
  /**
   * Returns the target table for the changes of a source table.
   *
   * @default {undefined} the same schema and name
   */
  readonly table?: (relation: Relation) => TargetName;
  /**
   * The schema of the tables for positions, which is created.
   *
   * @default {"walbrook"}
   */
  readonly schema?: string;
  /**
   * Whether the target's triggers and foreign keys are disabled, as for a native
   * subscription: `session_replication_role = replica`, which requires a superuser, or the
   * privilege to set it.
   *
   * @default {false} they apply as for any other client
   */
  readonly replicaRole?: boolean;
}

/**
 * Keeps a PostgreSQL database up to date as a copy of the followed tables: rows, and the
 * position in the stream, in one transaction. One transaction of the target contains as many
 * source transactions as have arrived.
 *
 * The changes of a row are combined, and those of a table applied with few statements, unless
 * the table has triggers, foreign keys or more than one unique index: then they are applied
 * in order. Generated columns of the target are not written. Tables are created with the
 * built-in types of the source; columns of other types become `text`, unless the table was
 * created before.
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
 * @param pool Provides a connection, one of which is held. The caller must end it after the
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
