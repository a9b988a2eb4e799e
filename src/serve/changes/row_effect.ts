import { keyOf, previousKeyOf } from "../../encode/row_key.ts";
import type { RowChangeEvent } from "../../events/row_change.ts";
import type { DeleteEvent, UpdateEvent } from "../../events/row_event.ts";
import type { Row } from "../../events/relation.ts";
import { UNCHANGED } from "../../unchanged.ts";
import type { BoundFilter, Matches } from "../filter/bind_filter.ts";

/** The effect of a change on clients that see the rows of a filter. */
export interface RowEffect {
  /** The key of the row that they no longer see; `null` for none. */
  readonly removed: Row | null;
  /** The row that they see from now on, and its key; `null` for none. */
  readonly put: { readonly key: Row; readonly row: Row } | null;
  /**
   * The key of a row that must be read from the server: clients may not have it, and the
   * server did not send all of its values.
   */
  readonly incomplete: Row | null;
}

const NONE: RowEffect = { removed: null, put: null, incomplete: null };

/**
 * Determines the effect of a change on clients that see the rows of a filter.
 *
 * A row that no longer matches, or for which that is unknown, is removed if it may have
 * matched before.
 *
 * @param event The change.
 * @param filter The filter.
 * @returns The effect; `null` if the change does not contain its row's key.
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
  // Clients that had the row already have the values that were not sent, under the same key.
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
  // If the old row is unknown, only a filter that matches every row can decide.
  return filter.matches(event.oldRow ?? event.key ?? {});
}
