import type { ReplicationEvent } from "../events/event.ts";
import type { Relation } from "../events/relation.ts";
import type { RelationChange } from "../events/relation_change.ts";

/** Caches the result of changing a table's description, by the description. */
export function cachedRelation(
  map: (relation: Relation) => Relation,
): (relation: Relation) => Relation {
  const made = new WeakMap<Relation, Relation>();
  return (relation) => {
    let result = made.get(relation);
    if (result === undefined) {
      result = map(relation);
      made.set(relation, result);
    }
    return result;
  };
}

type RelationEvent = Extract<ReplicationEvent, { readonly kind: "relation" }>;

/** Describes a table as it is after a stage. */
export function mapRelationEvent(
  event: RelationEvent,
  map: (relation: Relation) => Relation,
): RelationEvent {
  const relation = map(event.relation);
  const previous = event.previous && map(event.previous);
  if (relation === event.relation) return event;
  const names = new Set(
    [...relation.columns, ...previous?.columns ?? []].map(({ name }) => name),
  );
  const changes = event.changes.filter((change) =>
    !isColumnChange(change) || names.has(change.column.name)
  );
  return { ...event, relation, previous, changes };
}

function isColumnChange(
  change: RelationChange,
): change is Extract<RelationChange, { readonly column: unknown }> {
  return "column" in change;
}
