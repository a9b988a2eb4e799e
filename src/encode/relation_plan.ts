import type { Relation } from "../events/relation.ts";
import { tableName } from "../events/table_name.ts";

/** What encoders need of a table, worked out once for each description of it. */
export interface RelationPlan {
  /** Its name with the schema. */
  readonly table: string;
  /** Its name as a member of a JSON object: `"relation":{…}`. */
  readonly relationMember: string;
  /** The columns' names, in the table's order. */
  readonly names: readonly string[];
  /** The same as the beginnings of members of a JSON object: `"id":`. */
  readonly labels: readonly string[];
  /**
   * Whether a column has the name of something that every object has, such as
   * `constructor`: then a row has to be asked whether the column is its own.
   */
  readonly hasInheritedNames: boolean;
  /** The columns whose values tell the row; `null` if there are none. */
  readonly keyColumns: readonly string[] | null;
}

const plans = new WeakMap<Relation, RelationPlan>();
// Changes of the same table mostly come in a row.
let lastRelation: Relation | null = null;
let lastPlan: RelationPlan | null = null;

/** Finds the plan of a table, or makes it. */
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

/** Whether one of the names is that of a property of every object. */
export function hasInheritedNames(names: readonly string[]): boolean {
  return names.some((name) => name in Object.prototype);
}

/**
 * Names the columns whose values tell a row of the table, as `event.key` has them: those of
 * the index that is the replica identity, or of the primary key.
 */
function keyColumnsOf(
  { columns, replicaIdentity, primaryKey }: Relation,
): readonly string[] | null {
  if (replicaIdentity !== "index") return primaryKey;
  const names = columns.flatMap(({ name, isKey }) => isKey ? [name] : []);
  return names.length > 0 ? names : null;
}
