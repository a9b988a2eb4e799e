import type { Lsn } from "../lsn.ts";
import type { ReplicaIdentity } from "../pgoutput/message.ts";

/** A column in the catalog. */
export interface CatalogColumn {
  /** Its name. */
  readonly name: string;
  /** The OID of its declared type. */
  readonly typeOid: number;
  /** `atttypmod`: length or precision in the type's own encoding; -1 for none. */
  readonly typeModifier: number;
  /** The type as `format_type` prints it, without the modifier. */
  readonly type: string;
  /** The type's schema; for a domain, that of its base type. */
  readonly typeSchema: string;
  /** The type's name in `pg_type`; for a domain, that of its base type. */
  readonly typeName: string;
  /** Whether the column is part of the replica identity. */
  readonly isKey: boolean;
  /** Whether it is a virtual generated column, which has no stored value. */
  readonly isVirtual: boolean;
  /** Whether it may be NULL, which excludes it from any key. */
  readonly isNullable: boolean;
  /** The transaction that last changed its row in `pg_attribute`: its 32-bit id. */
  readonly changedBy: number;
}

/** A table in the catalog. */
export interface CatalogRelation {
  /** Its OID. */
  readonly oid: number;
  /** Its `REPLICA IDENTITY`. */
  readonly replicaIdentity: ReplicaIdentity;
  /** The names of the primary key's columns, or `null` if there is none. */
  readonly primaryKey: readonly string[] | null;
  /** The transaction that last changed the table's row in `pg_class`: its 32-bit id. */
  readonly changedBy: number;
  /** A WAL position from before the query: everything committed before it is visible. */
  readonly asOf: Lsn;
  /** Its columns, in order. */
  readonly columns: readonly CatalogColumn[];
}

/** Provides what a plugin does not send, in its current state, which may have changed. */
export interface PluginCatalog {
  /**
   * Looks up a table.
   *
   * @param schema Its schema.
   * @param name Its name.
   * @returns The table; `null` if it does not exist or is not accessible.
   */
  findRelation(schema: string, name: string): Promise<CatalogRelation | null>;
  /**
   * Looks up a replication origin.
   *
   * @param number Its number: `roident` of `pg_replication_origin`.
   * @returns Its name; `null` if it does not exist or is not accessible.
   */
  findOrigin(number: number): Promise<string | null>;
}
