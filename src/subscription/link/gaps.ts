import {
  type PostgresError,
  type PostgresErrorFields,
  SubscriptionError,
} from "../../errors.ts";
import type { ReplicationEvent } from "../../events/event.ts";
import type { Gap, GapEvent } from "../../events/gap.ts";
import { formatLsn, type Lsn } from "../../lsn.ts";

/**
 * Describes the changes lost when the server skips them because a publication did not exist
 * when they were made. PostgreSQL 18 and later do so.
 *
 * @param notice The notice that the server sends when it does.
 * @param from The stream's position before.
 */
export function skippedChanges(notice: PostgresErrorFields, from: Lsn): Gap {
  return {
    reason: "publicationMissing",
    message: `Cannot deliver changes after ${
      formatLsn(from)
    }: the server skips them, since a publication did not exist when they were made (${notice.message}); create it again, then the slot, and copy the tables again`,
    from,
    to: null,
  };
}

/**
 * Describes why the stream can't continue when such a publication ends it, up to PostgreSQL
 * 17: at the same point each time, even if the publication now exists.
 *
 * @param error The server's error.
 * @param seen The position that the stream had reached.
 */
export function stuckStream(
  error: PostgresError,
  seen: Lsn,
): SubscriptionError {
  return new SubscriptionError(
    "publicationMissing",
    `Cannot continue after ${
      formatLsn(seen)
    }: a publication did not exist when the next change was made (${error.fields.message}); create it again, then the slot, and copy the tables again, or pass a startLsn after the creation of the publication to skip the changes`,
    { cause: error },
  );
}

/** Creates the event for a gap after another event, if there is one. */
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
