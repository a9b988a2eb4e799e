import type { Lsn } from "../lsn.ts";
import type { ReplicaIdentity } from "../pgoutput/message.ts";

/** What the catalog says of a column. */
export interface CatalogColumn {
  /** Its name. */
  readonly name: string;
  /** The OID of its declared type. */
  readonly typeOid: number;
  /** `atttypmod`: length or precision in the type's own code, -1 for none. */
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
  /** Whether it may be NULL, so that it is in no key. */
  readonly isNullable: boolean;
  /** The transaction that last changed its row in `pg_attribute`: its 32-bit id. */
  readonly changedBy: number;
}

/** What the catalog says of a table. */
export interface CatalogRelation {
  /** Its OID. */
  readonly oid: number;
  /** The setting `REPLICA IDENTITY`. */
  readonly replicaIdentity: ReplicaIdentity;
  /** The names of the primary key's columns, or `null` if there is none. */
  readonly primaryKey: readonly string[] | null;
  /** The transaction that last changed the table's row in `pg_class`: its 32-bit id. */
  readonly changedBy: number;
  /** A position of the WAL from before the question: what committed before it is seen. */
  readonly asOf: Lsn;
  /** Its columns, in order. */
  readonly columns: readonly CatalogColumn[];
}

/** Tells what a plugin does not, as it is now: it may have been otherwise at the time. */
export interface PluginCatalog {
  /**
   * Looks a table up.
   *
   * @param schema Its schema.
   * @param name Its name.
   * @returns The table, or `null` where there is none, or none that may be looked at.
   */
  findRelation(schema: string, name: string): Promise<CatalogRelation | null>;
  /**
   * Looks a replication origin up.
   *
   * @param number Its number: `roident` of `pg_replication_origin`.
   * @returns Its name, or `null` where there is none, or none that may be looked at.
   */
  findOrigin(number: number): Promise<string | null>;
}
