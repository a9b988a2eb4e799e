import type { ReplicationEvent } from "../../events/event.ts";
import type { Hold } from "../progress/hold.ts";
import { isVisible } from "../reconcile/visibility.ts";
import type { TableCopy } from "../tables/table_copy.ts";

/**
 * Removes changes of tables that are copied as a whole: all changes until the copy is made,
 * which must see them, and then those that it has seen.
 *
 * @param events The events to be delivered next.
 * @param copies The copies that are not made yet, by OID.
 * @param holds The changes that finished copies contain.
 */
export function leaveOut(
  events: readonly ReplicationEvent[],
  copies: ReadonlyMap<number, TableCopy>,
  holds: ReadonlyMap<number, Hold>,
): readonly ReplicationEvent[] {
  if (copies.size === 0 && holds.size === 0) return events;
  const isLeftOut = (oid: number, event: ReplicationEvent): boolean => {
    const { transaction } = event;
    if (transaction === null) return false;
    const copy = copies.get(oid);
    if (copy?.isWhole === true && copy.end === null) {
      copy.leaveOut(transaction.xid);
      return true;
    }
    const hold = holds.get(oid);
    return hold !== undefined && transaction.commitLsn < hold.until &&
      isVisible(transaction.xid, hold.snapshot);
  };
  return events.flatMap((event): readonly ReplicationEvent[] => {
    switch (event.kind) {
      case "insert":
      case "update":
      case "delete":
        return isLeftOut(event.relation.oid, event) ? [] : [event];
      case "truncate": {
        const relations = event.relations.filter(({ oid }) =>
          !isLeftOut(oid, event)
        );
        if (relations.length === event.relations.length) return [event];
        return relations.length === 0 ? [] : [{ ...event, relations }];
      }
      default:
        return [event];
    }
  });
}
