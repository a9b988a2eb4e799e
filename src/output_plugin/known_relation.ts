import type { RelationMessage } from "../pgoutput/message.ts";
import type { CatalogRelation } from "./plugin_catalog.ts";

/** A described table. */
export interface KnownRelation {
  /** Its description. */
  readonly message: RelationMessage;
  /** The type of each column, in the notation of the plugin or the catalog. */
  readonly types: readonly (readonly (string | number)[])[];
  /** The table in the catalog; `null` if it does not exist there. */
  readonly found: CatalogRelation | null;
  /** Whether it has all columns of the table. */
  readonly isComplete: boolean;
  /** The lists of columns of old rows that are known to lack only NULLs. */
  readonly fullPatterns: Set<string>;
}
