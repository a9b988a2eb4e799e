import type { Relation } from "../events/relation.ts";
import { tableName } from "../events/table_name.ts";

/** What encoders need for a table, computed once for each description of it. */
export interface RelationPlan {
  /** Its name with the schema. */
  readonly table: string;
  /** Its name as a member of a JSON object: `"relation":{…}`. */
  readonly relationMember: string;
  /** The columns' names, in the table's order. */
  readonly names: readonly string[];
  /** The column names as starts of members in a JSON object: `"id":`. */
  readonly labels: readonly string[];
  /**
   * Whether a column has the name of a property that every object inherits, such as
   * `constructor`: then each row must be checked for its own property.
   */
  readonly hasInheritedNames: boolean;
  /** The columns whose values identify a row; `null` if there are none. */
  readonly keyColumns: readonly string[] | null;
}

const plans = new WeakMap<Relation, RelationPlan>();
// Changes of the same table mostly follow each other.
let lastRelation: Relation | null = null;
let lastPlan: RelationPlan | null = null;

/** Returns the plan of a table, creating it if necessary. */
export function planOf(relation: Relation): RelationPlan {
  if (relation === lastRelation) return lastPlan!;
  let plan = plans.get(relation);
  if (plan === undefined) {
    plan = makePlan(relation);
    plans.set(relation, plan);
  }
  lastRelation = relation;
  lastPlan = plan;
  return plan;
}

function makePlan(relation: Relation): RelationPlan {
  const { schema, name, columns } = relation;
  const names = columns.map((column) => column.name);
  return {
    table: tableName(relation),
    relationMember: `"relation":${JSON.stringify({ schema, name })}`,
    names,
    labels: names.map((name) => `${JSON.stringify(name)}:`),
    hasInheritedNames: hasInheritedNames(names),
    keyColumns: keyColumnsOf(relation),
  };
}

/** Returns whether one of the names is that of a property that every object inherits. */
export function hasInheritedNames(names: readonly string[]): boolean {
  return names.some((name) => name in Object.prototype);
}

/**
 * Returns the columns whose values identify a row of the table, as in `event.key`: those of
 * the index that is the replica identity, or of the primary key.
 */
function keyColumnsOf(
  { columns, replicaIdentity, primaryKey }: Relation,
): readonly string[] | null {
  if (replicaIdentity !== "index") return primaryKey;
  const names = columns.flatMap(({ name, isKey }) => isKey ? [name] : []);
  return names.length > 0 ? names : null;
}
