import type { Relation } from "../events/relation.ts";
import type { RelationMessage } from "../pgoutput/message.ts";

/** Returns the primary key if the stream itself marks it; otherwise `null`. */
export function markedKey(
  { replicaIdentity, columns }: RelationMessage,
): Relation["primaryKey"] {
  if (replicaIdentity !== "default") return null;
  const names = columns.flatMap(({ isKey, name }) => isKey ? [name] : []);
  return names.length > 0 ? names : null;
}

/** Returns whether events of the table have a key. */
export function hasKey({ replicaIdentity, primaryKey }: Relation): boolean {
  return replicaIdentity === "index" || primaryKey !== null;
}
