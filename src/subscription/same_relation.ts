import type { Relation } from "./event.ts";

/** Whether nothing distinguishes two descriptions of a table. */
export function sameRelation(a: Relation, b: Relation): boolean {
  return a.schema === b.schema && a.name === b.name &&
    a.replicaIdentity === b.replicaIdentity &&
    a.columns.length === b.columns.length &&
    a.columns.every((column, i) => {
      const other = b.columns[i];
      return other !== undefined && column.name === other.name &&
        column.typeOid === other.typeOid &&
        column.typeModifier === other.typeModifier &&
        column.isKey === other.isKey;
    });
}
