import { tableName } from "../events/table_name.ts";
import type { PublishedTable } from "./read/published_table.ts";

/** A column of a {@linkcode TableDescription}. */
export interface ColumnDescription {
  /** Its name. */
  readonly name: string;
  /** The OID of its declared type; of a domain, the domain's. */
  readonly typeOid: number;
  /** The schema of its type; of a domain, of the domain's base type. */
  readonly typeSchema: string;
  /** The name of its type; of a domain, of the domain's base type. */
  readonly typeName: string;
}

/** A published table, as the catalog has it. */
export interface TableDescription {
  /** Its name, as `event.table` has it. */
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

/** Describes a table to whoever is not to know how it is copied. */
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
