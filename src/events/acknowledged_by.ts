import type { ReplicationEvent } from "./event.ts";
import { gapEnd } from "./gap.ts";
import type { ChunkEvent } from "./snapshot_event.ts";
import type { Lsn } from "../lsn.ts";

/**
 * What is acknowledged as one: a transaction, by the position at which it ends, or a chunk of
 * a copy.
 */
export type AcknowledgedUnit = Lsn | ChunkEvent;

/** What an event says to be done that is acknowledged, if it does. */
export function acknowledgedBy(
  event: ReplicationEvent | undefined,
): AcknowledgedUnit | null {
  switch (event?.kind) {
    // Those that come by the million go first.
    case "insert":
    case "update":
    case "delete":
    case "begin":
    case "read":
      return null;
    case "chunk":
      return event;
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
