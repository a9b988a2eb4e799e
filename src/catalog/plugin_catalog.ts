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
 * Makes what asks the catalog, of which a plugin tells too little.
 *
 * @param options Whom to ask; `null` where nobody is to be asked.
 * @param relations Gets what is found on the way about the numbers of columns.
 */
export function catalogLookUp(
  options: AskCatalogOptions | null,
  relations: Promise<RelationCatalog> | null,
): PluginCatalog {
  async function ask<T>(run: (ask: Ask) => Promise<T>): Promise<T | null> {
    if (options === null) return null;
    try {
      return await withCatalog(options, run);
    } catch (error) {
      // Who may not ask gets no answer; who can't reach the server tries again.
      if (isRetryable(error) || options.signal.aborted) throw error;
      return null;
    }
  }
  return {
    async findRelation(schema, name) {
      const known = await relations;
      return await ask(async (ask) => {
        const [[position] = []] = await ask(POSITION_QUERY);
        const asOf = parseLsn(position ?? "0/0");
        const found = readRelation(
          await ask(relationQuery(schema, name)),
          asOf,
        );
        if (found === null || known === null) return found;
        const query = tableQuery(found.oid, [], { serverMajor: 0, all: false });
        known.take(await ask(query), asOf);
        return found;
      });
    },
    async findOrigin(number) {
      return (await ask((ask) => ask(originQuery(number))))?.[0]?.[0] ?? null;
    },
  };
}
