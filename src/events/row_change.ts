import type {
  DeleteEvent,
  InsertEvent,
  ReplicationEvent,
  UpdateEvent,
} from "./event.ts";

/** A change of one row. */
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
 */
export function isRowChange(event: ReplicationEvent): event is RowChangeEvent {
  switch (event.kind) {
    case "insert":
    case "update":
    case "delete":
      return true;
    default:
      return false;
  }
}
