import type { ReplicationEvent } from "./event.ts";
import type { DeleteEvent, InsertEvent, UpdateEvent } from "./row_event.ts";
import type { ReadEvent } from "./snapshot_event.ts";

type RowEventKind = RowChangeEvent["kind"] | ReadEvent["kind"];

/**
 * A change of one row; {@linkcode isRowChange} recognizes it. A row that is copied is not a
 * change, but a {@linkcode ReadEvent}.
 *
 * @category Events
 */
export type RowChangeEvent = InsertEvent | UpdateEvent | DeleteEvent;

/**
 * Returns whether an event is a change of one row: an insert, an update or a delete.
 *
 * @example
 * ```ts
 * import { isRowChange, type ReplicationEvent } from "@walbrook/walbrook";
 *
 * function tablesChanged(events: readonly ReplicationEvent[]): Set<string> {
 *   const changes = events.filter(isRowChange);
 *   return new Set(changes.map(({ relation }) => relation.name));
 * }
 * tablesChanged([]);
 * ```
 *
 * @param event The event.
 * @returns Whether it is an insert, an update or a delete.
 *
 * @category Events
 */
export function isRowChange(event: ReplicationEvent): event is RowChangeEvent {
  return isRowEvent(event) && event.kind !== "read";
}

/**
 * Returns whether an event is about one row: a change of the row, or a copied row.
 *
 * @param event The event.
 */
export function isRowEvent<Event extends { readonly kind: string }>(
  event: Event,
): event is Extract<Event, { readonly kind: RowEventKind }> {
  switch (event.kind) {
    case "insert":
    case "update":
    case "delete":
    case "read":
      return true;
    default:
      return false;
  }
}
