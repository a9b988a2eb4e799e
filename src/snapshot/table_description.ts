import { tableName } from "../events/table_name.ts";
import type { PublishedTable } from "./read/published_table.ts";

/**
 * A column of a {@linkcode TableDescription}.
 */
export interface ColumnDescription {
  /** Its name. */
  readonly name: string;
  /** The OID of its declared type; for a domain, that of the domain. */
  readonly typeOid: number;
  /** The schema of its type; for a domain, that of the base type. */
  readonly typeSchema: string;
  /** The name of its type; for a domain, that of the base type. */
  readonly typeName: string;
}

/**
 * A published table, as in the catalog.
 */
export interface TableDescription {
  /** Its name, as in `event.table`. */
  readonly table: string;
  /** Its published columns, in the table's order. */
  readonly columns: readonly ColumnDescription[];
  /**
   * The columns of the key by which it is copied, in the key's order; `null` without a key:
   * such a table is copied as a whole, before its changes.
   */
  readonly key: readonly string[] | null;
  /** Its REPLICA IDENTITY. */
  readonly replicaIdentity: "default" | "nothing" | "full" | "index";
}

/** Describes a table for callers that need not know how it is copied. */
export function describePublishedTable(
  table: PublishedTable,
): TableDescription {
  return {
    table: tableName(table),
    columns: table.columns.map(({ name, typeOid, type }) => ({
      ...{ name, typeOid, typeSchema: type.schema, typeName: type.name },
    })),
    key: table.key?.map(({ name }) => name) ?? null,
    replicaIdentity: table.replicaIdentity,
  };
}
