import type { ReplicationEvent } from "./event.ts";
import type { Gap, GapEvent } from "./gap.ts";

/** Makes the event of a gap that lies behind another event, if there is one. */
export function gapEvent(
  { reason, message, from, to }: Gap,
  last: ReplicationEvent | null,
): GapEvent {
  return {
    kind: "gap",
    table: null,
    ...placeAfter(last),
    reason,
    message,
    from,
    to,
  };
}

function placeAfter(
  event: ReplicationEvent | null,
): Pick<GapEvent, "transaction" | "index"> {
  const outside = { transaction: null, index: 0 };
  switch (event?.kind) {
    case "begin":
    case "beginPrepare":
    case "relation":
      return { transaction: event.transaction, index: event.index };
    case "insert":
    case "update":
    case "delete":
    case "truncate":
      return { transaction: event.transaction, index: event.index + 1 };
    case "message":
      return event.transaction === null
        ? outside
        : { transaction: event.transaction, index: event.index + 1 };
    case "gap":
      return { transaction: event.transaction, index: event.index };
    case "commit":
    case "prepare":
    case "commitPrepared":
    case "rollbackPrepared":
    case undefined:
      return outside;
  }
}
