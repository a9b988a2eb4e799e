import type { ReplicationEvent } from "./event.ts";
import { gapEnd } from "./gap.ts";
import type { Lsn } from "../lsn.ts";

/** The position that says that all up to this event is done, if there is one. */
export function acknowledgedBy(
  event: ReplicationEvent | undefined,
): Lsn | null {
  switch (event?.kind) {
    // Those that come by the million go first.
    case "insert":
    case "update":
    case "delete":
    case "begin":
      return null;
    case "commit":
    case "prepare":
    case "commitPrepared":
    case "rollbackPrepared":
      return event.endLsn;
    case "message":
      return event.transaction === null ? event.lsn : null;
    case "gap":
      return gapEnd(event);
    default:
      return null;
  }
}
