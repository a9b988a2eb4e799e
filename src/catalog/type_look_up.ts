import { PostgresError } from "../errors.ts";
import type { AskCatalogOptions } from "./query_catalog.ts";
import type { LookUpTypes } from "./column_types.ts";

/** Where to look types up. */
export interface TypeLookUpOptions extends AskCatalogOptions {
  /** The publications whose tables' types to look up, too, at the first time. */
  readonly publications: readonly string[];
}

/**
 * Makes the function that asks the catalog about types, each time on a connection of its
 * own, since the one that streams takes no queries. It is an ordinary one, of which a
 * server has more to spare than of those for replication.
 */
export function typeLookUp(options: TypeLookUpOptions): LookUpTypes {
  return async (typeOids) => {
    // Most tables have built-in types only, and nothing is to be looked up.
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

// From 16 on, listing the tables of a publication takes a lock on each of them, for which
// a migration may have it wait, and fails for one that is dropped just then.
function isRefusedQuery(error: unknown): boolean {
  return error instanceof PostgresError && error.fields.severity === "ERROR";
}
