import { ConnectionError } from "../errors.ts";
import type { Lsn } from "../lsn.ts";
import type { Checkpoint, SystemIdentity } from "./checkpoint.ts";
import type { PreflightOptions, Start } from "./preflight_options.ts";
import { findSlot } from "./find_slot.ts";
import { identifySystem } from "../replication/identify_system.ts";
import { serverMajor } from "../replication/server_major.ts";
import { pinnedTimeouts } from "../replication/timeouts.ts";
import type { Session } from "../session/session.ts";
import type { WarningCause } from "../warning.ts";

const PGOUTPUT = "pgoutput";
/** A server is promoted at most once within the time of a few queries. */
const MAX_ATTEMPTS = 5;

/** The query for `wal_level`, `wal_sender_timeout` and `synchronous_standby_names`. */
export const SETTINGS_QUERY: string =
  "SELECT pg_catalog.current_setting('wal_level'), setting, " +
  "pg_catalog.current_setting('synchronous_standby_names') " +
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

// Returns null if the server was promoted in the meantime.
async function look(
  connection: Session,
  options: PreflightOptions,
): Promise<Preflight | null> {
  const { slot, plugin, checkpoint, signal } = options;
  const settings = await checkSettings(connection, signal);
  const system = await identifySystem(connection, { signal });
  if (checkpoint !== null && !isOn(system, checkpoint)) {
    const { checkOtherSystem } = await import("./check_system.ts");
    await checkOtherSystem(connection, { system, checkpoint }, options);
  }
  if (plugin === PGOUTPUT) {
    await checkPublications(connection, options, system.xlogPos);
  } else {
    const { checkEncoding } = await import("./refusals.ts");
    checkEncoding(connection.parameters, plugin);
  }
  const binaryObstacle = options.binary
    ? await obstacleFor(connection, options)
    : null;
  // A missing slot took changes with it: it must not be recreated silently.
  const create = slot.create === true &&
    (checkpoint === null || options.continuePastGaps);
  const wantedSlot = { ...slot, create, plugin, twoPhase: options.twoPhase };
  const found = await findSlot(connection, wantedSlot, signal);
  const isReady = found !== null && found.invalidation === null &&
    slot.temporary !== true;
  const confirmed = isReady
    ? found.confirmed
    : await obtained(connection, { found, wanted: wantedSlot }, options);
  // Only now, since a new slot may start after the previous end of the WAL.
  const now = await identifySystem(connection, { signal });
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

async function obstacleFor(
  connection: Session,
  options: PreflightOptions,
): Promise<WarningCause | null> {
  const { findBinaryObstacle } = await import("./binary_obstacle.ts");
  return await findBinaryObstacle(connection, options);
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

async function checkSettings(
  connection: Session,
  signal: AbortSignal | undefined,
): Promise<Pick<Preflight, "walSenderTimeoutMs" | "synchronous">> {
  const major = serverMajor(connection.parameters);
  const [result] = await connection.query(
    `${SETTINGS_QUERY}; ${pinnedTimeouts(major)}`,
    { signal },
  );
  const [walLevel, timeout, standbys] = result?.rows[0] ?? [];
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
  connection: Session,
  { publications, catalog: relations, signal }: PreflightOptions,
  asOf: Lsn,
): Promise<void> {
  const major = serverMajor(connection.parameters);
  // Queries sent together take one round trip.
  const queries = [
    PUBLICATIONS_QUERY,
    ...relations === null ? [] : [relations.query(major)],
  ];
  const [result, tables] = await connection.query(queries.join(";"), {
    signal,
  });
  relations?.take(tables?.rows ?? [], asOf);
  const existing = new Set(result?.rows.map(([name]) => name));
  const missing = publications.filter((name) => !existing.has(name));
  if (missing.length === 0) return;
  const { publicationsMissing } = await import("./refusals.ts");
  const { databaseName } = await identifySystem(connection, { signal });
  throw publicationsMissing(missing, databaseName ?? "");
}
