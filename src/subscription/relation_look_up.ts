import type { RelationCatalog } from "../output_plugin/relation_catalog.ts";
import { askCatalog, type AskCatalogOptions } from "./ask_catalog.ts";
import { readRelation, relationQuery } from "./relation_query.ts";
import { isRetryable } from "./retry.ts";

/**
 * Makes what asks the catalog about tables, of which a plugin tells too little.
 *
 * @param options Whom to ask; `null` where nobody is to be asked.
 */
export function relationLookUp(
  options: AskCatalogOptions | null,
): RelationCatalog {
  return {
    async find(schema, name) {
      if (options === null) return null;
      try {
        const query = relationQuery(schema, name);
        return readRelation(await askCatalog(query, options));
      } catch (error) {
        // Who may not ask gets no answer; who can't reach the server tries again.
        if (isRetryable(error) || options.signal.aborted) throw error;
        return null;
      }
    },
  };
}
