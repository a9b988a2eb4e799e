import { ConnectionError, SubscriptionError } from "../errors.ts";
import { formatLsn, type Lsn } from "../lsn.ts";

/** Those in which a text is the same as in UTF-8, if it is any. */
const ENCODINGS: readonly string[] = ["UTF8", "SQL_ASCII"];

/** Says that the server writes no logical WAL. */
export function walLevelTooLow(walLevel: string): SubscriptionError {
  return new SubscriptionError(
    "walLevel",
    `Cannot subscribe: the server's wal_level is "${walLevel}"; run ALTER SYSTEM SET wal_level = logical and restart the server`,
  );
}

/** Says that the server is a standby, which decodes from PostgreSQL 16 on. */
export function cannotDecodeOnStandby(major: number): ConnectionError {
  // It passes: with the promotion.
  return new ConnectionError(
    `Cannot subscribe: this server is a standby, and PostgreSQL ${major} decodes on a primary only; name all servers in connection, with target_session_attrs=read-write`,
  );
}

/** Says that publications do not exist. */
export function publicationsMissing(
  missing: readonly string[],
  database: string,
): SubscriptionError {
  return new SubscriptionError(
    "publicationMissing",
    `Cannot subscribe: there is no publication ${
      missing.map((name) => `"${name}"`).join(" and no ")
    } in database "${database}"; create it with CREATE PUBLICATION, and before the slot`,
  );
}

/**
 * Refuses a database whose encoding is not UTF-8: pgoutput converts to client_encoding,
 * other plugins write what the database has.
 *
 * @param parameters What the server reported at login.
 * @param plugin The output plugin.
 * @throws {SubscriptionError} `encoding`.
 */
export function checkEncoding(
  parameters: ReadonlyMap<string, string>,
  plugin: string,
): void {
  const encoding = parameters.get("server_encoding") ?? "UTF8";
  if (ENCODINGS.includes(encoding)) return;
  throw new SubscriptionError(
    "encoding",
    `Cannot subscribe by ${plugin}, which writes in the database's encoding: that is ${encoding}, not UTF8; use pgoutput, whose text the server converts`,
  );
}

/** Says that there is a slot where a temporary one was to be created. */
export function nameTaken(slot: string): SubscriptionError {
  return new SubscriptionError(
    "slotUnusable",
    `Cannot create temporary replication slot "${slot}": there is a slot of that name already; use another name, or leave out temporary to follow that slot`,
  );
}

/** Says that the server's WAL does not reach as far as the start. */
export function startAhead(start: Lsn, walEnd: Lsn): SubscriptionError {
  return new SubscriptionError(
    "startAhead",
    `Cannot start at ${formatLsn(start)}: the server's WAL ends at ${
      formatLsn(walEnd)
    }; is this the same server?`,
  );
}
