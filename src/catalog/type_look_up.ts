import { PostgresError } from "../errors.ts";
import type { AskCatalogOptions } from "./query_catalog.ts";
import type { LookUpTypes } from "./column_types.ts";

/** Where to look up types. */
export interface TypeLookUpOptions extends AskCatalogOptions {
  /** The publications whose tables' types the first lookup includes. */
  readonly publications: readonly string[];
}

/**
 * Returns the function that queries the catalog for types. Each call uses a connection of its
 * own, since the streaming one accepts no queries. It is an ordinary connection, of which a
 * server allows more than of replication connections.
 */
export function typeLookUp(options: TypeLookUpOptions): LookUpTypes {
  return async (typeOids) => {
    // Most tables have only built-in types, which need no lookup.
    const [{ queryCatalog }, { readTypeRow, typeQuery }] = await Promise.all([
      import("./query_catalog.ts"),
      import("./type_query.ts"),
    ]);
    const ask = (publications: readonly string[]) =>
      queryCatalog(typeQuery(typeOids, publications), options);
    const { publications } = options;
    const rows = await ask(publications).catch((error) => {
      if (publications.length > 0 && isRefusedQuery(error)) return ask([]);
      throw error;
    });
    return rows.flatMap(readTypeRow);
  };
}

// From 16 on, listing the tables of a publication locks each of them: the query may have to
// wait for a migration, and fails for a table that is dropped at that moment.
function isRefusedQuery(error: unknown): boolean {
  return error instanceof PostgresError && error.fields.severity === "ERROR";
}
