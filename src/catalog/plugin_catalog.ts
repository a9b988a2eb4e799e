import { parseLsn } from "../lsn.ts";
import type { PluginCatalog } from "../output_plugin/plugin_catalog.ts";
import { isRetryable } from "../retryable.ts";
import {
  type Ask,
  type AskCatalogOptions,
  withCatalog,
} from "./query_catalog.ts";
import type { RelationCatalog } from "./relation_catalog.ts";
import { originQuery, readRelation, relationQuery } from "./relation_query.ts";
import { POSITION_QUERY, tableQuery } from "./table_query.ts";

/**
 * Creates the lookup in the catalog for an output plugin that sends too little.
 *
 * @param options How to query the catalog; `null` to skip lookups.
 * @param relations Receives the column numbers that are found on the way.
 */
export function catalogLookUp(
  options: AskCatalogOptions | null,
  relations: RelationCatalog | null,
): PluginCatalog {
  async function ask<T>(run: (ask: Ask) => Promise<T>): Promise<T | null> {
    if (options === null) return null;
    try {
      return await withCatalog(options, run);
    } catch (error) {
      // Without the privilege there is no answer; if the server can't be reached, it is
      // retried.
      if (isRetryable(error) || options.signal.aborted) throw error;
      return null;
    }
  }
  return {
    async findRelation(schema, name) {
      return await ask(async (ask) => {
        const [[position] = []] = await ask(POSITION_QUERY);
        const asOf = parseLsn(position ?? "0/0");
        const found = readRelation(
          await ask(relationQuery(schema, name)),
          asOf,
        );
        if (found === null || relations === null) return found;
        const query = tableQuery(found.oid, [], { serverMajor: 0, all: false });
        relations.take(await ask(query), asOf);
        return found;
      });
    },
    async findOrigin(number) {
      return (await ask((ask) => ask(originQuery(number))))?.[0]?.[0] ?? null;
    },
  };
}
