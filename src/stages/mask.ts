import { planOf } from "../encode/relation_plan.ts";
import type { Row } from "../events/relation.ts";
import { UNCHANGED } from "../unchanged.ts";
import { setOwnProperty } from "../values/own_property.ts";
import { isRowEvent } from "../events/row_change.ts";
import { StageStream } from "./stage.ts";

/** Replaces a value by what others may see. It never gets `null` or `UNCHANGED`. */
export type MaskValue = (value: unknown) => unknown;

/** The columns to mask, by the table's name and the column's. */
export type Masks = Readonly<
  Record<string, Readonly<Record<string, MaskValue>>>
>;

/**
 * Replaces the values of some columns, in new rows, old rows and keys alike. Masked keys must
 * differ for different rows; otherwise several rows count as one.
 *
 * @example
 * ```ts
 * import { mask } from "@walbrook/walbrook/stages";
 *
 * const stage = mask({
 *   "public.users": { email: (value) => String(value).replace(/^.*@/, "…@") },
 * });
 * console.log(stage instanceof TransformStream);
 * ```
 *
 * @param tables The columns to mask.
 * @returns The stage.
 */
export function mask(tables: Masks): StageStream {
  return new StageStream((event) => {
    if (!isRowEvent(event)) return event;
    const { table } = planOf(event.relation);
    if (!Object.hasOwn(tables, table)) return event;
    const masks = tables[table]!;
    const hide = (row: Row) => maskRow(row, masks);
    return {
      ...event,
      ..."newRow" in event ? { newRow: hide(event.newRow) } : {},
      ..."oldRow" in event
        ? { oldRow: event.oldRow && hide(event.oldRow) }
        : {},
      ..."key" in event ? { key: event.key && hide(event.key) } : {},
    };
  });
}

function maskRow(row: Row, masks: Masks[string]): Row {
  const masked: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(row)) {
    const isMasked = value !== null && value !== UNCHANGED &&
      Object.hasOwn(masks, name);
    setOwnProperty(masked, name, isMasked ? masks[name]!(value) : value);
  }
  return masked;
}
