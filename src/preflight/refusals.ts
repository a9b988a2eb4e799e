import { ConnectionError, SubscriptionError } from "../errors.ts";
import type { Gap } from "../events/gap.ts";
import { formatLsn, type Lsn } from "../lsn.ts";
import type { PgoutputOptions } from "../pgoutput/pgoutput_options.ts";
import { checkVersions } from "../pgoutput/start_options.ts";
import type { SkipReason } from "./preflight_options.ts";
import type { WantedSlot } from "./wanted_slot.ts";

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

/**
 * Says why a slot can't be followed.
 *
 * @param row What the server says of it: its kind, plugin, database, `wal_status`,
 * whether it is two-phase, its position, and the present database.
 * @param wanted What was asked for.
 */
export function slotRefusal(
  row: readonly (string | null)[],
  wanted: WantedSlot,
): SubscriptionError | ConnectionError {
  const [type, plugin, database, , twoPhase, , current] = row;
  const { name } = wanted;
  const problem = type !== "logical"
    ? "it is a physical one; use another name"
    : database !== current
    ? `it belongs to database "${database}", and this connection is to "${current}"`
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
  // It passes: with the promotion, or once the primary can be reached again.
  return new ConnectionError(
    `Cannot stream from replication slot "${name}" here: this server is a standby, which keeps a copy of it for the time after its promotion; name all servers in connection, with target_session_attrs=read-write`,
  );
}

/** The error for a slot of which the server has removed what it was to keep. */
export function invalidated(
  slot: string,
  reason: string,
  confirmed: Lsn,
): SubscriptionError {
  return new SubscriptionError(
    "slotUnusable",
    `Cannot subscribe to replication slot "${slot}": the server has invalidated it (${reason}), so changes after ${
      formatLsn(confirmed)
    } are lost; drop the slot, create it again and copy the tables anew, or have that done by passing create: true and gaps: "event"`,
  );
}

/** How a slot can have left a consumer behind. */
export type SlotGapReason = "slotMissing" | "slotUnusable" | "startPassed";

/**
 * Describes what lies between a consumer and its slot.
 *
 * @param from Where the consumer is.
 * @param to Where the slot begins.
 * @param slot The slot's name, and what has become of it.
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
          reason === "slotMissing" ? "gone" : "invalidated"
        }, and the new one begins at ${formatLsn(to)}; copy the tables anew`,
      };
    case "startPassed":
      return {
        ...{ reason, from, to },
        message: `${start} stands at ${
          formatLsn(to)
        }, and the server no longer sends what committed before that; copy the tables anew, or go on behind the gap by passing gaps: "event"`,
      };
  }
}

/** Describes what is skipped since the server can't send it. */
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
 * Refuses what a server, or a protocol version, does not have.
 *
 * @param options What is asked for.
 * @param server Its major version, and its newest protocol version.
 * @throws {RangeError} If it does not have it.
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
    `Cannot subscribe with ${what}: PostgreSQL ${serverMajor} does not have it; leave it out, or use a newer server`,
  );
}
