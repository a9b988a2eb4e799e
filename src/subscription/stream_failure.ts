import { PostgresError, SubscriptionError } from "../errors.ts";
import { formatLsn, type Lsn } from "../lsn.ts";
import type { Relation } from "../events/relation.ts";
import type { SkipReason } from "../preflight/preflight_options.ts";
import * as SQLSTATE from "../sqlstate.ts";

/** Where a stream can't go on. */
export interface FailurePlace {
  /** The slot's name. */
  readonly slot: string;
  /** How far the stream has come. */
  readonly position: Lsn;
  /** The table of the change that can't be sent, if that is known. */
  readonly table: Pick<Relation, "schema" | "name"> | null;
  /** Whether values were asked for in binary format. */
  readonly binary: boolean;
  /** The output plugin. */
  readonly plugin: string;
}

const SKIP =
  'skip the transaction knowingly, by a startLsn behind its commit or by gaps: "event"';

/**
 * Says that the server can't send what comes next.
 *
 * @param error What it reports.
 * @param times How often it has done so without progress in between.
 * @param place Where.
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
    `Cannot go on with replication slot "${place.slot}" after ${
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
 * Says that the server crashes when it comes to what is next.
 *
 * @param cause What the last link ended with.
 * @param place Where.
 */
export function serverCrashed(
  cause: unknown,
  { slot, position, plugin }: FailurePlace,
): SubscriptionError {
  return new SubscriptionError(
    "serverCrashed",
    `Cannot go on with replication slot "${slot}" after ${
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
 * Tells why what the server can't send may be skipped where gaps are wanted as events;
 * `null` where it may not. Whether the cause is gone by now, the next link finds out.
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

// What comes again at this change alone, whenever and by whomever it is asked for.
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
      return `a text can't be converted to UTF-8: correct the row, and ${SKIP}`;
    case SQLSTATE.QUERY_CANCELED:
      return "someone cancels the walsender: find out who, and subscribe again";
  }
  switch (code.slice(0, 2)) {
    case "22":
      return `a row filter of a publication may fail for a row: correct it for the rows to come, and ${SKIP}; what was written before is still sent by the old filter`;
    case "XX":
      return `the server's log may say more; if its data is damaged, repair it, and ${SKIP}`;
    default:
      return "mend the cause, and subscribe again; the server's log may say more";
  }
}
