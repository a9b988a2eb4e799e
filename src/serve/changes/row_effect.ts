import { keyOf, previousKeyOf } from "../../encode/row_key.ts";
import type {
  DeleteEvent,
  InsertEvent,
  UpdateEvent,
} from "../../events/event.ts";
import type { Row } from "../../events/relation.ts";
import { UNCHANGED } from "../../unchanged.ts";
import type { BoundFilter, Matches } from "../filter/bind_filter.ts";

/** What a change means to those who see the rows that a filter takes. */
export interface RowEffect {
  /** The key of the row that they no longer see; `null` if there is none. */
  readonly removed: Row | null;
  /** The row that they see from now on, and its key; `null` if there is none. */
  readonly put: { readonly key: Row; readonly row: Row } | null;
  /**
   * The key of a row that has to be read from the server: they may not have had it, and the
   * server did not send all of its values.
   */
  readonly incomplete: Row | null;
}

/** A change of one row. */
export type RowChangeEvent = InsertEvent | UpdateEvent | DeleteEvent;

const NONE: RowEffect = { removed: null, put: null, incomplete: null };

/**
 * Decides what a change means to those who see the rows that a filter takes.
 *
 * A row that no longer matches, or of which that can't be told, is removed wherever it may have
 * matched before.
 *
 * @param event The change.
 * @param filter The filter.
 * @returns The effect; `null` if the change does not tell its row's key.
 * @throws {TypeError} If a value is not of its column's type.
 */
export function rowEffect(
  event: RowChangeEvent,
  filter: BoundFilter,
): RowEffect | null {
  if (event.kind === "delete") {
    const key = keyOf(event);
    if (key === null) return null;
    return matchedBefore(event, filter) === false
      ? NONE
      : { ...NONE, removed: key };
  }
  const { newRow } = event;
  const key = keyOf(event) ?? (event.kind === "update" ? event.key : null);
  if (key === null) return null;
  const now = filter.matches(newRow);
  if (event.kind === "insert") {
    return now === true ? { ...NONE, put: { key, row: newRow } } : NONE;
  }
  const before = matchedBefore(event, filter);
  const previousKey = previousKeyOf(event);
  const oldKey = previousKey ?? key;
  const removed = before === false ? null : oldKey;
  if (now === null) return { put: null, removed, incomplete: key };
  if (!now) return { ...NONE, removed };
  const isMoved = previousKey !== null;
  // A row that they had has the values already that were not sent, under the same key.
  const hasAll = (before === true && !isMoved) ||
    !Object.values(newRow).includes(UNCHANGED);
  return {
    removed: isMoved ? removed : null,
    put: { key, row: newRow },
    incomplete: hasAll ? null : key,
  };
}

function matchedBefore(
  event: UpdateEvent | DeleteEvent,
  filter: BoundFilter,
): Matches {
  // Where nothing is known of the old row, only a filter that takes all can tell.
  return filter.matches(event.oldRow ?? event.key ?? {});
}
