import type { Relation } from "../../events/relation.ts";
import type { TableDescription } from "../../snapshot/table_description.ts";

/** Returns whether the stream describes a table as the last catalog lookup did. */
export function isDescribedBy(
  { columns, replicaIdentity }: Relation,
  description: TableDescription,
): boolean {
  return replicaIdentity === description.replicaIdentity &&
    columns.length === description.columns.length &&
    columns.every(({ name, typeOid }, i) => {
      const column = description.columns[i];
      return column?.name === name && column.typeOid === typeOid;
    });
}
