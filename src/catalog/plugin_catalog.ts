import type { PluginCatalog } from "../output_plugin/plugin_catalog.ts";
import { type AskCatalogOptions, queryCatalog } from "./query_catalog.ts";
import { originQuery, readRelation, relationQuery } from "./relation_query.ts";
import { isRetryable } from "../retryable.ts";

/**
 * Makes what asks the catalog, of which a plugin tells too little.
 *
 * @param options Whom to ask; `null` where nobody is to be asked.
 */
export function catalogLookUp(
  options: AskCatalogOptions | null,
): PluginCatalog {
  async function ask(
    query: string,
  ): Promise<readonly (readonly (string | null)[])[]> {
    if (options === null) return [];
    try {
      return await queryCatalog(query, options);
    } catch (error) {
      // Who may not ask gets no answer; who can't reach the server tries again.
      if (isRetryable(error) || options.signal.aborted) throw error;
      return [];
    }
  }
  return {
    async findRelation(schema, name) {
      return readRelation(await ask(relationQuery(schema, name)));
    },
    async findOrigin(number) {
      return (await ask(originQuery(number)))[0]?.[0] ?? null;
    },
  };
}
