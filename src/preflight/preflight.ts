import { ConnectionError } from "../errors.ts";
import type { Lsn } from "../lsn.ts";
import type { Checkpoint, SystemIdentity } from "./checkpoint.ts";
import type { PreflightOptions, Start } from "./preflight_options.ts";
import { readSlot, slotQuery } from "./find_slot.ts";
import {
  IDENTIFY_SYSTEM,
  identifySystem,
  readSystem,
  type SystemIdentification,
} from "../replication/identify_system.ts";
import { serverMajor } from "../replication/server_major.ts";
import {
  PINNED_SEARCH_PATH,
  pinnedTimeouts,
  SEARCH_PATH,
} from "../session/pinned_settings.ts";
import type { Session } from "../session/session.ts";
import type { QueryResult } from "../session/simple_query.ts";
import type { WarningCause } from "../warning.ts";

const PGOUTPUT = "pgoutput";
/** A server is promoted at most once within the time of a few queries. */
const MAX_ATTEMPTS = 5;

/**
 * The query for `wal_level`, `wal_sender_timeout`, `synchronous_standby_names` and
 * `search_path`.
 */
export const SETTINGS_QUERY: string =
  "SELECT pg_catalog.current_setting('wal_level'), setting, " +
  "pg_catalog.current_setting('synchronous_standby_names'), " +
  `${SEARCH_PATH} ` +
  "FROM pg_catalog.pg_settings " +
  "WHERE name OPERATOR(pg_catalog.=) 'wal_sender_timeout'";

/** The query for the names of all publications. */
export const PUBLICATIONS_QUERY: string =
  "SELECT pubname FROM pg_catalog.pg_publication";

/** What is known about the server before the stream starts. */
export interface Preflight extends Start {
  /** The server's `wal_sender_timeout`, in milliseconds; 0 for none. */
  readonly walSenderTimeoutMs: number;
  /** A warning if commits on the server may wait for this client; `null` if they don't. */
  readonly synchronous: WarningCause | null;
  /** Why the server can't send values in binary format; `null` if it can. */
  readonly binaryObstacle: WarningCause | null;
  /** The end of the server's WAL. */
  readonly walEnd: Lsn;
  /** The server's identity. */
  readonly system: SystemIdentity;
}

/**
 * Checks, before the stream starts, whether the server can deliver what was requested: the
 * server itself reports that late (a missing publication, up to PostgreSQL 17) or not at all.
 * Creates the slot if requested.
 *
 * @throws {SubscriptionError} If it can't deliver that.
 * @throws {ConnectionError} If the server is promoted repeatedly during the checks.
 */
export async function preflight(
  connection: Session,
  options: PreflightOptions,
): Promise<Preflight> {
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    const found = await look(connection, options);
    if (found !== null) return found;
  }
  throw new ConnectionError(
    `Cannot start: the server's timeline changed ${MAX_ATTEMPTS} times`,
  );
}

// Returns null to ask again: the server was promoted in the meantime, or the answers came with
// other settings than the login asked for.
async function look(
  connection: Session,
  options: PreflightOptions,
): Promise<Preflight | null> {
  const { slot, plugin, checkpoint, publications, signal } = options;
  const major = serverMajor(connection.parameters);
  const binary = options.binary ? await import("./binary_obstacle.ts") : null;
  const ofPublications = [PUBLICATIONS_QUERY];
  if (options.catalog !== null) {
    ofPublications.push(options.catalog.query(major));
  }
  // All in one round trip. The order counts: the catalog is at least as new as the first
  // position, and the second one is not older than the slot. It is last, which leaves little
  // time for a promotion between it and the start.
  const commands = [
    `${SETTINGS_QUERY}; ${pinnedTimeouts(major)}`,
    IDENTIFY_SYSTEM,
    slotQuery(slot.name),
    ...binary === null ? [] : [binary.obstacleQuery(publications, major)],
    ...plugin === PGOUTPUT ? [ofPublications.join("; ")] : [],
    IDENTIFY_SYSTEM,
  ];
  // Each call throws the error of its own command, so that the first refusal counts.
  const answer = await connection.queryAll(commands, { signal });
  const settings = await checkSettings(connection, answer(0));
  if (settings === null) {
    await connection.pinSettings({ signal });
    return null;
  }
  const system = readSystem(answer(1));
  if (checkpoint !== null && !isOn(system, checkpoint)) {
    const { checkOtherSystem } = await import("./check_system.ts");
    await checkOtherSystem(connection, { system, checkpoint }, options);
  }
  if (plugin === PGOUTPUT) {
    await checkPublications(answer(commands.length - 2), options, system);
  } else {
    const { checkEncoding } = await import("./refusals.ts");
    checkEncoding(connection.parameters, plugin);
  }
  const binaryObstacle = binary?.readObstacle(answer(3)) ?? null;
  // A missing slot took changes with it: it must not be recreated silently.
  const create = slot.create === true &&
    (checkpoint === null || options.continuePastGaps);
  const wantedSlot = { ...slot, create, plugin, twoPhase: options.twoPhase };
  const found = await readSlot(answer(2), wantedSlot);
  const isReady = found !== null && found.invalidation === null &&
    slot.temporary !== true;
  const confirmed = isReady
    ? found.confirmed
    : await obtained(connection, { found, wanted: wantedSlot }, options);
  // Asked again, since a new slot may start after the previous end of the WAL.
  const now = isReady
    ? readSystem(answer(commands.length - 1))
    : await identifySystem(connection, { signal });
  // A standby that is promoted in the meantime reports the timeline that it left.
  if (now.timeline !== system.timeline) return null;
  const walEnd = now.xlogPos;
  const wanted = checkpoint?.lsn ?? options.startLsn ?? found?.confirmed ??
    confirmed;
  const isInReach = wanted === confirmed ||
    (wanted > confirmed && wanted <= walEnd);
  const start = isInReach && options.skip === null
    ? { start: wanted, gap: null }
    : await resolveFirst({ found, confirmed, wanted, walEnd }, options);
  return { ...settings, binaryObstacle, walEnd, system, ...start };
}

type ObtainSlot = typeof import("./obtain_slot.ts").obtainSlot;
type ResolveStart = typeof import("./resolve_start.ts").resolveStart;

// Code that only some slots and starts need is loaded for those.
async function obtained(
  ...args: Parameters<ObtainSlot>
): Promise<Lsn> {
  const { obtainSlot } = await import("./obtain_slot.ts");
  return await obtainSlot(...args);
}

async function resolveFirst(
  ...args: Parameters<ResolveStart>
): Promise<Start> {
  const { resolveStart } = await import("./resolve_start.ts");
  return resolveStart(...args);
}

function isOn(system: SystemIdentity, checkpoint: Checkpoint): boolean {
  return system.systemId === checkpoint.systemId &&
    system.timeline === checkpoint.timeline;
}

// Returns null if the session does not have the settings that the login asked for.
async function checkSettings(
  connection: Session,
  [result]: readonly QueryResult[],
): Promise<Pick<Preflight, "walSenderTimeoutMs" | "synchronous"> | null> {
  const major = serverMajor(connection.parameters);
  const [walLevel, timeout, standbys, searchPath] = result?.rows[0] ?? [];
  if (searchPath !== PINNED_SEARCH_PATH) return null;
  // From 19 on the server raises a level of "replica" automatically.
  const suffices = walLevel === "logical" ||
    (walLevel === "replica" && major >= 19);
  if (!suffices) {
    const { walLevelTooLow } = await import("./refusals.ts");
    throw walLevelTooLow(walLevel ?? "");
  }
  // The server reports it only when the stream starts, as a wrong setting.
  if (major < 16 && connection.parameters.get("in_hot_standby") === "on") {
    const { cannotDecodeOnStandby } = await import("./refusals.ts");
    throw cannotDecodeOnStandby(major);
  }
  return {
    walSenderTimeoutMs: Number(timeout ?? 0),
    synchronous: standbys ? await synchronousBy(standbys, connection) : null,
  };
}

async function synchronousBy(
  standbys: string,
  { parameters }: Session,
): Promise<WarningCause | null> {
  const { namesStandby, synchronousWarning } = await import(
    "./synchronous_standby.ts"
  );
  const name = parameters.get("application_name") ?? "";
  return namesStandby(standbys, name)
    ? synchronousWarning(standbys, name)
    : null;
}

async function checkPublications(
  [result, tables]: readonly QueryResult[],
  { publications, catalog: relations }: PreflightOptions,
  { xlogPos, databaseName }: SystemIdentification,
): Promise<void> {
  relations?.take(tables?.rows ?? [], xlogPos);
  const existing = new Set(result?.rows.map(([name]) => name));
  const missing = publications.filter((name) => !existing.has(name));
  if (missing.length === 0) return;
  const { publicationsMissing } = await import("./refusals.ts");
  throw publicationsMissing(missing, databaseName ?? "");
}
