import {
  type PostgresError,
  type PostgresErrorFields,
  SubscriptionError,
} from "../../errors.ts";
import type { ReplicationEvent } from "../../events/event.ts";
import type { Gap, GapEvent } from "../../events/gap.ts";
import { formatLsn, type Lsn } from "../../lsn.ts";

/**
 * Says what is lost where the server skips changes, since a publication did not exist
 * when they were made. It does so from PostgreSQL 18 on.
 *
 * @param notice All that it says while it does.
 * @param from How far the stream was.
 */
export function skippedChanges(notice: PostgresErrorFields, from: Lsn): Gap {
  return {
    reason: "publicationMissing",
    message: `Cannot deliver changes after ${
      formatLsn(from)
    }: the server skips them, since a publication did not exist when they were made (${notice.message}); create it again, then the slot, and copy the tables anew`,
    from,
    to: null,
  };
}

/**
 * Says why the stream can't go on where such a publication ends it, up to PostgreSQL 17:
 * at the same point each time, even if it exists by now.
 *
 * @param error What the server says.
 * @param seen How far the stream was.
 */
export function stuckStream(
  error: PostgresError,
  seen: Lsn,
): SubscriptionError {
  return new SubscriptionError(
    "publicationMissing",
    `Cannot go on after ${
      formatLsn(seen)
    }: a publication did not exist when the next change was made (${error.fields.message}); create it again, then the slot, and copy the tables anew, or skip the changes knowingly, by passing a startLsn that lies after the publication's creation`,
    { cause: error },
  );
}

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
    case "snapshotBegin":
    case "read":
    case "chunk":
    case "snapshotEnd":
    case undefined:
      return outside;
  }
}
