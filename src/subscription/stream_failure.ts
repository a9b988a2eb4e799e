import { PostgresError, SubscriptionError } from "../errors.ts";
import { formatLsn, type Lsn } from "../lsn.ts";
import type { Relation } from "../events/relation.ts";
import type { SkipReason } from "../preflight/preflight_options.ts";
import * as SQLSTATE from "../sqlstate.ts";

/** The place at which a stream can't continue. */
export interface FailurePlace {
  /** The slot's name. */
  readonly slot: string;
  /** The position that the stream has reached. */
  readonly position: Lsn;
  /** The table of the change that can't be sent, if known. */
  readonly table: Pick<Relation, "schema" | "name"> | null;
  /** Whether values were requested in binary format. */
  readonly binary: boolean;
  /** The output plugin. */
  readonly plugin: string;
}

const SKIP =
  'skip the transaction knowingly, by a startLsn behind its commit or by gaps: "event"';

/**
 * Creates the error for a server that can't send what follows.
 *
 * @param error The error that it reports.
 * @param times How often it was reported with no progress in between.
 * @param place The place in the stream.
 */
export function streamFailed(
  error: PostgresError,
  times: number,
  place: FailurePlace,
): SubscriptionError {
  const { message, where, schema, table } = error.fields;
  const named = table === undefined ? place.table : {
    schema: schema ?? "",
    name: table,
  };
  const context = [
    `SQLSTATE ${error.code}`,
    ...(where === undefined ? [] : [where]),
  ].join("; ");
  return new SubscriptionError(
    "streamFailed",
    `Cannot continue with replication slot "${place.slot}" after ${
      formatLsn(place.position)
    }${
      named === null ? "" : `, at table "${named.schema}"."${named.name}"`
    }: the server ${
      times > 1 ? `has reported ${times} times` : "reports"
    } "${message}" (${context}); ${wayOut(error.code, place)}`,
    { cause: error },
  );
}

/**
 * Creates the error for a server that crashes while it decodes what follows.
 *
 * @param cause The error that ended the last link.
 * @param place The place in the stream.
 */
export function serverCrashed(
  cause: unknown,
  { slot, position, plugin }: FailurePlace,
): SubscriptionError {
  return new SubscriptionError(
    "serverCrashed",
    `Cannot continue with replication slot "${slot}" after ${
      formatLsn(position)
    }: each time it is streamed from there with ${plugin}, the connection breaks off at once, as when the server crashes; see the server's log before anyone streams from the slot again${
      plugin === "pgoutput"
        ? ""
        : ", and on PostgreSQL 18 raise logical_decoding_work_mem above the size of the largest transaction, or use pgoutput"
    }`,
    { cause },
  );
}

/**
 * Returns why a gap may be made over what the server can't send; `null` if it may not. The
 * next link finds out whether the cause has gone.
 */
export function skipReason(error: unknown): SkipReason | null {
  if (!(error instanceof SubscriptionError)) return null;
  const { reason, cause } = error;
  if (reason === "publicationMissing") return reason;
  return reason === "streamFailed" && cause instanceof PostgresError &&
      isAboutData(cause.code)
    ? reason
    : null;
}

// Errors that recur at this change alone, regardless of when and by whom it is requested.
function isAboutData(code: string): boolean {
  return code.startsWith("22") || code.startsWith("XX") ||
    code === SQLSTATE.UNDEFINED_FUNCTION;
}

function wayOut(code: string, { binary, plugin }: FailurePlace): string {
  switch (code) {
    case SQLSTATE.OBJECT_NOT_IN_PREREQUISITE_STATE:
      if (plugin === "pgoutput") break;
      // "logical streaming requires a stream_abort_cb callback".
      return "a large transaction that was rolled back may be the cause, on PostgreSQL 18: raise logical_decoding_work_mem above the size of the largest transaction, or use pgoutput";
    case SQLSTATE.UNDEFINED_FUNCTION:
      return binary
        ? "a column's type has no binary form: pass binary: false"
        : SKIP;
    case SQLSTATE.UNTRANSLATABLE_CHARACTER:
    case SQLSTATE.CHARACTER_NOT_IN_REPERTOIRE:
      return `a text value can't be converted to UTF-8: correct the row, and ${SKIP}`;
    case SQLSTATE.QUERY_CANCELED:
      return "the walsender is being cancelled: find out by whom, and subscribe again";
  }
  switch (code.slice(0, 2)) {
    case "22":
      return `a row filter of a publication may fail for a row: correct it for future rows, and ${SKIP}; earlier rows still use the old filter`;
    case "XX":
      return `check the server's log; if its data is damaged, repair it, and ${SKIP}`;
    default:
      return "fix the cause, and subscribe again; check the server's log";
  }
}
