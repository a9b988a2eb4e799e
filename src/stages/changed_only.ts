import { planOf } from "../encode/relation_plan.ts";
import { isSameValue } from "../encode/row_key.ts";
import type { UpdateEvent } from "../events/row_event.ts";
import { UNCHANGED } from "../unchanged.ts";
import { StageStream } from "./stage.ts";

/**
 * Drops updates that changed none of some columns. The changed columns are known if the
 * server sends the old row: with REPLICA IDENTITY FULL. If a column's old value is missing,
 * the update passes.
 *
 * @example
 * ```ts
 * import { changedOnly } from "@walbrook/walbrook/stages";
 *
 * const stage = changedOnly({ "public.orders": ["status"] });
 * console.log(stage instanceof TransformStream);
 * ```
 *
 * @param tables The relevant columns, by the table's name. Other tables are not affected.
 * @returns The stage.
 */
export function changedOnly(
  tables: Readonly<Record<string, readonly string[]>>,
): StageStream {
  return new StageStream((event) => {
    if (event.kind !== "update") return event;
    const { table } = planOf(event.relation);
    if (!Object.hasOwn(tables, table)) return event;
    return tables[table]!.some((name) => mayHaveChanged(event, name))
      ? event
      : null;
  });
}

function mayHaveChanged(
  { newRow, oldRow, key }: UpdateEvent,
  name: string,
): boolean {
  const value = newRow[name];
  if (value === UNCHANGED) return false;
  const before = oldRow ?? key;
  if (before === null || !Object.hasOwn(before, name)) return true;
  return !isSameValue(before[name], value);
}
