import type { FoundTable } from "../catalog/relation_catalog.ts";
import type { Relation } from "../events/relation.ts";
import { tableName } from "../events/table_name.ts";
import type { WarningCause } from "../warning.ts";

export { relationChanges } from "./relation_changes.ts";

/**
 * Creates the warning that events of a table have no key.
 *
 * @param relation The table.
 * @param found The catalog's description; `null` to skip lookups.
 */
export function keyWarning(
  relation: Relation,
  found: FoundTable | null,
): WarningCause {
  const table = tableName(relation);
  const problem = found === null
    ? "it is looked up in the catalog, and typeLookup is false"
    : found.problem;
  return {
    code: "rowKeyUnknown",
    subject: table,
    message:
      `Events of ${table} have no key: the primary key of the table is not known, since ${problem}`,
    hint: found === null
      ? "Leave out typeLookup: false, or use REPLICA IDENTITY DEFAULT"
      : "Add a primary key, and publish all of its columns",
  };
}
