import { ConnectionError, SubscriptionError } from "../errors.ts";
import type { Gap } from "../events/gap.ts";
import { formatLsn, type Lsn } from "../lsn.ts";
import type { PgoutputOptions } from "../pgoutput/pgoutput_options.ts";
import { checkVersions } from "../pgoutput/start_options.ts";
import type { SkipReason } from "./preflight_options.ts";
import type { WantedSlot } from "./wanted_slot.ts";

/** Encodings in which a text that is valid UTF-8 is the same as in UTF-8. */
const ENCODINGS: readonly string[] = ["UTF8", "SQL_ASCII"];

/** Creates the error for a server that writes no logical WAL. */
export function walLevelTooLow(walLevel: string): SubscriptionError {
  return new SubscriptionError(
    "walLevel",
    `Cannot subscribe: the server's wal_level is "${walLevel}"; run ALTER SYSTEM SET wal_level = logical and restart the server`,
  );
}

/** Creates the error for a standby, which can decode from PostgreSQL 16 on. */
export function cannotDecodeOnStandby(major: number): ConnectionError {
  // Transient, until the promotion.
  return new ConnectionError(
    `Cannot subscribe: this server is a standby, and PostgreSQL ${major} decodes only on a primary; list all servers in connection, with target_session_attrs=read-write`,
  );
}

/** Creates the error for publications that do not exist. */
export function publicationsMissing(
  missing: readonly string[],
  database: string,
): SubscriptionError {
  return new SubscriptionError(
    "publicationMissing",
    `Cannot subscribe: there is no publication ${
      missing.map((name) => `"${name}"`).join(" and no ")
    } in database "${database}"; create it with CREATE PUBLICATION before creating the slot`,
  );
}

/**
 * Rejects a database whose encoding is not UTF-8: pgoutput converts to client_encoding, other
 * plugins write in the database's encoding.
 *
 * @param parameters The parameters that the server reported at login.
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
    `Cannot subscribe with ${plugin}, which writes in the database's encoding, ${encoding} instead of UTF8; use pgoutput, whose text the server converts`,
  );
}

/** Creates the error for an existing slot in place of a temporary one to be created. */
export function nameTaken(slot: string): SubscriptionError {
  return new SubscriptionError(
    "slotUnusable",
    `Cannot create temporary replication slot "${slot}": a slot of that name already exists; use another name, or leave out temporary to follow that slot`,
  );
}

/** Creates the error for a start beyond the end of the server's WAL. */
export function startAhead(start: Lsn, walEnd: Lsn): SubscriptionError {
  return new SubscriptionError(
    "startAhead",
    `Cannot start at ${formatLsn(start)}: the server's WAL ends at ${
      formatLsn(walEnd)
    }; is this the same server?`,
  );
}

/**
 * Creates the error for a slot that can't be followed.
 *
 * @param row The server's description: the slot's kind, plugin, database, `wal_status`,
 * whether it is two-phase, its position, and the current database.
 * @param wanted The slot that was requested.
 */
export function slotRefusal(
  row: readonly (string | null)[],
  wanted: WantedSlot,
): SubscriptionError | ConnectionError {
  const [type, plugin, database, , twoPhase, , current] = row;
  const { name } = wanted;
  const problem = type !== "logical"
    ? "it is a physical slot; use another name"
    : database !== current
    ? `it belongs to database "${database}", but this connection is to "${current}"`
    : plugin !== wanted.plugin
    ? `its output plugin is "${plugin}", not ${wanted.plugin}; use another name`
    : twoPhase === "t" && !wanted.twoPhase
    ? `it sends transactions when they are prepared; ${
      plugin === "pgoutput" ? "pass twoPhase: true, or " : ""
    }use a slot that was created without TWO_PHASE`
    : null;
  if (problem !== null) {
    return new SubscriptionError(
      "slotUnusable",
      `Cannot subscribe to replication slot "${name}": ${problem}`,
    );
  }
  // Transient, until the promotion or until the primary can be reached again.
  return new ConnectionError(
    `Cannot stream from replication slot "${name}" here: this server is a standby, whose copy of the slot can be used only after promotion; list all servers in connection, with target_session_attrs=read-write`,
  );
}

/** The error for a slot whose retained WAL the server has removed. */
export function invalidated(
  slot: string,
  reason: string,
  confirmed: Lsn,
): SubscriptionError {
  return new SubscriptionError(
    "slotUnusable",
    `Cannot subscribe to replication slot "${slot}": the server has invalidated it (${reason}), so changes after ${
      formatLsn(confirmed)
    } are lost; drop the slot, create it again and copy the tables again, or pass create: true and gaps: "event" to continue after the gap`,
  );
}

/** How a slot can have lost a consumer's changes. */
export type SlotGapReason = "slotMissing" | "slotUnusable" | "startPassed";

/**
 * Describes what lies between a consumer and its slot.
 *
 * @param from The consumer's position.
 * @param to The slot's start position.
 * @param slot The slot's name, and what happened to it.
 */
export function gapBetween(
  from: Lsn,
  to: Lsn,
  { slot, reason }: { readonly slot: string; readonly reason: SlotGapReason },
): Gap {
  const start = `Cannot start at ${
    formatLsn(from)
  }: replication slot "${slot}"`;
  switch (reason) {
    case "slotMissing":
    case "slotUnusable":
      return {
        ...{ reason, from, to },
        message: `${start} was ${
          reason === "slotMissing" ? "missing" : "invalidated"
        }, and the new one starts at ${formatLsn(to)}; copy the tables again`,
      };
    case "startPassed":
      return {
        ...{ reason, from, to },
        message: `${start} is at ${
          formatLsn(to)
        }, and the server no longer sends what committed before that; copy the tables again, or pass gaps: "event" to continue after the gap`,
      };
  }
}

/** Describes what is skipped because the server can't send it. */
export function skipped(from: Lsn, to: Lsn, reason: SkipReason): Gap {
  const cause = reason === "publicationMissing"
    ? "a publication did not exist when the first of them was made"
    : "the server can't send the first of them";
  return {
    ...{ reason, from, to },
    message: `Changes from ${formatLsn(from)} to ${
      formatLsn(to)
    } are skipped: ${cause}; copy the tables again`,
  };
}

/**
 * Rejects what a server or a protocol version does not support.
 *
 * @param options The requested options.
 * @param server Its major version, and its newest protocol version.
 * @throws {RangeError} If an option is not supported.
 */
export function checkSupported(
  options: PgoutputOptions,
  { serverMajor, newest }: {
    readonly serverMajor: number;
    readonly newest: number;
  },
): void {
  const { protocolVersion, twoPhase, origin } = options;
  if (protocolVersion > newest) {
    throw lacking(`protocol version ${protocolVersion}`, serverMajor);
  }
  if (twoPhase && serverMajor < 15) throw lacking("twoPhase", serverMajor);
  if (origin === "none" && serverMajor < 16) {
    throw lacking('origin "none"', serverMajor);
  }
  checkVersions(options);
}

function lacking(what: string, serverMajor: number): RangeError {
  return new RangeError(
    `Cannot subscribe with ${what}: PostgreSQL ${serverMajor} does not support it; leave it out, or use a newer server`,
  );
}
