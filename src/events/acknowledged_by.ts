import type { ReplicationEvent } from "./event.ts";
import { gapEnd } from "./gap.ts";
import type { ChunkEvent } from "./snapshot_event.ts";
import type { Lsn } from "../lsn.ts";

/**
 * A unit of acknowledgement: a transaction, by the position at which it ends, or a chunk of a
 * copy.
 */
export type AcknowledgedUnit = Lsn | ChunkEvent;

/** Returns what acknowledging an event marks as processed, if anything. */
export function acknowledgedBy(
  event: ReplicationEvent | undefined,
): AcknowledgedUnit | null {
  switch (event?.kind) {
    // The events that occur in millions are checked first.
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
