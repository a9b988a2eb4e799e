import { planOf } from "../encode/relation_plan.ts";
import type { Relation, Row } from "../events/relation.ts";
import { setOwnProperty } from "../values/own_property.ts";
import { cachedRelation, mapRelationEvent } from "./map_relation.ts";
import { isRowEvent } from "../events/row_change.ts";
import { StageStream } from "./stage.ts";

/**
 * Keeps only some columns of some tables, and always those of the key. A column list of the
 * publication does the same on the server, and saves network traffic.
 *
 * @example
 * ```ts
 * import { select } from "@walbrook/walbrook/stages";
 *
 * const stage = select({ "public.orders": ["status", "total"] });
 * console.log(stage instanceof TransformStream);
 * ```
 *
 * @param tables The columns to keep, by the table's name. Other tables are not affected.
 * @returns The stage.
 */
export function select(
  tables: Readonly<Record<string, readonly string[]>>,
): StageStream {
  const narrow = cachedRelation((relation) => {
    const { table, keyColumns } = planOf(relation);
    if (!Object.hasOwn(tables, table)) return relation;
    const wanted = new Set([...tables[table]!, ...keyColumns ?? []]);
    const columns = relation.columns.filter(({ name }) => wanted.has(name));
    return { ...relation, columns };
  });
  return new StageStream((event) => {
    if (event.kind === "relation") return mapRelationEvent(event, narrow);
    if (event.kind === "truncate") {
      return { ...event, relations: event.relations.map(narrow) };
    }
    if (!isRowEvent(event)) return event;
    const relation = narrow(event.relation);
    if (relation === event.relation) return event;
    const pick = (row: Row) => pickColumns(row, relation);
    return {
      ...event,
      relation,
      ..."newRow" in event ? { newRow: pick(event.newRow) } : {},
      ..."oldRow" in event
        ? { oldRow: event.oldRow && pick(event.oldRow) }
        : {},
    };
  });
}

function pickColumns(row: Row, { columns }: Relation): Row {
  const picked: Record<string, unknown> = {};
  for (const { name } of columns) {
    if (Object.hasOwn(row, name)) setOwnProperty(picked, name, row[name]);
  }
  return picked;
}
