import {
  type PostgresError,
  type PostgresErrorFields,
  SubscriptionError,
} from "../../errors.ts";
import { formatLsn, type Lsn } from "../../lsn.ts";
import type { Gap } from "../../events/gap.ts";

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
