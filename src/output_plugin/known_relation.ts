import type { RelationMessage } from "../pgoutput/message.ts";
import type { CatalogRelation } from "./plugin_catalog.ts";

/** A table that has been described. */
export interface KnownRelation {
  /** How it was described. */
  readonly message: RelationMessage;
  /** The type of each column, as the plugin or the catalog writes it. */
  readonly types: readonly (readonly (string | number)[])[];
  /** What the catalog says of it; `null` where it does not know the table. */
  readonly found: CatalogRelation | null;
  /** Whether it has all columns of the table. */
  readonly isComplete: boolean;
  /** Which columns the old rows have that are known to lack only NULLs. */
  readonly fullPatterns: Set<string>;
}
