import type {
  CommitPreparedEvent,
  RollbackPreparedEvent,
} from "../events/two_phase_event.ts";
import type {
  CommitPreparedMessage,
  RollbackPreparedMessage,
} from "../pgoutput/message.ts";

/** Creates the event for the message that ends a prepared transaction. */
export function outcomeEvent(
  message: CommitPreparedMessage | RollbackPreparedMessage,
): CommitPreparedEvent | RollbackPreparedEvent {
  const { xid, gid } = message;
  const none = { table: null, transaction: null, index: 0 } as const;
  if (message.kind === "commitPrepared") {
    const { kind, commitLsn, endLsn, commitTime } = message;
    return { kind, ...none, xid, gid, commitLsn, endLsn, commitTime };
  }
  const { kind, prepareEndLsn, prepareTime, rollbackTime } = message;
  const endLsn = message.rollbackEndLsn;
  return {
    kind,
    ...none,
    xid,
    gid,
    prepareEndLsn,
    endLsn,
    prepareTime,
    rollbackTime,
  };
}
