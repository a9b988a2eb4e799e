import { SubscriptionError } from "../errors.ts";
import { formatLsn, type Lsn } from "../lsn.ts";
import type { ReplicationConnection } from "../replication/replication_connection.ts";
import {
  checkCheckpoint,
  type Checkpoint,
  type FoundSystem,
} from "./checkpoint.ts";
import type { Gap } from "./gap.ts";
import { createSlot, findSlot } from "./replication_slot.ts";
import { gapBetween, invalidated, skipped } from "./slot_gap.ts";
import { checkHistory, forkPoint } from "./timeline.ts";
import type { SlotOptions } from "./subscribe_options.ts";

const PGOUTPUT = "pgoutput";
/** Those in which a text is the same as in UTF-8, if it is any. */
const ENCODINGS: readonly string[] = ["UTF8", "SQL_ASCII"];

/** What a subscription asks of the server. */
export interface PreflightOptions {
  /** The slot to stream from. */
  readonly slot: SlotOptions;
  /** The output plugin. */
  readonly plugin: string;
  /** The publications to follow; none for another plugin than pgoutput. */
  readonly publications: readonly string[];
  /** Whether transactions are to come when they are prepared. */
  readonly twoPhase: boolean;
  /** Where to start, if the caller said and there is no checkpoint. */
  readonly startLsn: Lsn | undefined;
  /** How far the consumer is, if that is known. */
  readonly checkpoint: Checkpoint | null;
  /** How far events were delivered, if that is further than the checkpoint. */
  readonly delivered: Lsn;
  /** Whether to skip what the server can't send, up to where its WAL ends now. */
  readonly skip: boolean;
  /** Whether the checkpoint may be one of an earlier timeline. */
  readonly acceptTimeline: boolean;
  /** Whether to go on behind a gap, which is an error otherwise. */
  readonly passGaps: boolean;
  /** Gives up. */
  readonly signal: AbortSignal | undefined;
}

/** What is known of the server before the stream starts. */
export interface Preflight {
  /** The server's `wal_sender_timeout`, in milliseconds; 0 for none. */
  readonly walSenderTimeoutMs: number;
  /** Where the server's WAL ends. */
  readonly walEnd: Lsn;
  /** Where the stream starts. */
  readonly start: Lsn;
  /** What is lost before that, if anything. */
  readonly gap: Gap | null;
  /** Which server it is. */
  readonly system: FoundSystem;
}

/**
 * Finds out, before the stream starts, whether it can deliver what was asked for, since
 * the server itself says so late (a missing publication, up to PostgreSQL 17) or not
 * at all. Creates the slot where asked.
 *
 * @throws {SubscriptionError} If it can't.
 */
export async function preflight(
  connection: ReplicationConnection,
  options: PreflightOptions,
): Promise<Preflight> {
  const { slot, plugin, publications, checkpoint, signal } = options;
  const walSenderTimeoutMs = await checkSettings(connection, signal);
  const system = await connection.identifySystem({ signal });
  if (checkpoint !== null) {
    checkCheckpoint(checkpoint, system, options.acceptTimeline);
    await checkFork(connection, system, checkpoint, options);
  }
  if (plugin === PGOUTPUT) {
    await checkPublications(connection, publications, signal);
  } else {
    checkEncoding(connection, plugin);
  }
  // A slot that is gone took changes with it: it must not be made anew in silence.
  const create = slot.create === true &&
    (checkpoint === null || options.passGaps);
  const wantedSlot = { ...slot, create, plugin, twoPhase: options.twoPhase };
  const found = await findSlot(connection, wantedSlot, signal);
  // Someone else's position is not to be moved by a subscription that only looks on.
  if (found !== null && slot.temporary === true) {
    throw new SubscriptionError(
      "slot_unusable",
      `Cannot create temporary replication slot "${slot.name}": there is a slot of that name already; use another name, or leave out temporary to follow that slot`,
    );
  }
  const lost = found?.invalidation ?? null;
  if (lost !== null) {
    if (!create || !options.passGaps) {
      throw invalidated(slot.name, lost, found!.confirmed);
    }
    await connection.dropReplicationSlot(slot.name, { signal });
  }
  const confirmed = found !== null && lost === null
    ? found.confirmed
    : await createSlot(connection, wantedSlot, {
      after: checkpoint?.lsn ?? null,
      signal,
    });
  // Only now, since a new slot may begin after what was the end before.
  const { xlogPos: walEnd } = await connection.identifySystem({ signal });
  const wanted = checkpoint?.lsn ?? options.startLsn ?? found?.confirmed ??
    confirmed;
  if (wanted < confirmed) {
    const reason = found === null
      ? "slot_missing"
      : lost !== null
      ? "slot_unusable"
      : "start_passed";
    const gap = gapBetween(wanted, confirmed, { slot: slot.name, reason });
    if (!options.passGaps) throw new SubscriptionError(gap.reason, gap.message);
    return { walSenderTimeoutMs, walEnd, start: confirmed, gap, system };
  }
  if (wanted > confirmed) checkStart(wanted, walEnd);
  if (options.skip) {
    const { delivered } = options;
    const gap = skipped(delivered > wanted ? delivered : wanted, walEnd);
    return { walSenderTimeoutMs, walEnd, start: walEnd, gap, system };
  }
  return { walSenderTimeoutMs, walEnd, start: wanted, gap: null, system };
}

async function checkFork(
  connection: ReplicationConnection,
  { timeline }: FoundSystem,
  checkpoint: Checkpoint,
  { delivered, signal }: PreflightOptions,
): Promise<void> {
  if (checkpoint.timeline === timeline) return;
  const { content } = await connection.timelineHistory(timeline, { signal });
  const position = delivered > checkpoint.lsn ? delivered : checkpoint.lsn;
  checkHistory(position, forkPoint(content, checkpoint.timeline));
}

async function checkSettings(
  connection: ReplicationConnection,
  signal: AbortSignal | undefined,
): Promise<number> {
  const [result] = await connection.query(
    "SELECT pg_catalog.current_setting('wal_level'), setting " +
      "FROM pg_catalog.pg_settings WHERE name = 'wal_sender_timeout'",
    { signal },
  );
  const [walLevel, timeout] = result?.rows[0] ?? [];
  // From 19 on the server raises a level of "replica" by itself.
  const suffices = walLevel === "logical" ||
    (walLevel === "replica" && connection.serverMajor >= 19);
  if (!suffices) {
    throw new SubscriptionError(
      "wal_level",
      `Cannot subscribe: the server's wal_level is "${walLevel}"; run ALTER SYSTEM SET wal_level = logical and restart the server`,
    );
  }
  return Number(timeout ?? 0);
}

async function checkPublications(
  connection: ReplicationConnection,
  publications: readonly string[],
  signal: AbortSignal | undefined,
): Promise<void> {
  const [result] = await connection.query(
    "SELECT pubname FROM pg_catalog.pg_publication",
    { signal },
  );
  const existing = new Set(result?.rows.map(([name]) => name));
  const missing = publications.filter((name) => !existing.has(name));
  if (missing.length === 0) return;
  throw new SubscriptionError(
    "publication_missing",
    `Cannot subscribe: there is no publication ${
      missing.map((name) => `"${name}"`).join(" and no ")
    } in database "${await databaseName(
      connection,
      signal,
    )}"; create it with CREATE PUBLICATION, and before the slot`,
  );
}

// pgoutput converts to client_encoding; other plugins write what the database has.
function checkEncoding(
  { parameters }: ReplicationConnection,
  plugin: string,
): void {
  const encoding = parameters.get("server_encoding") ?? "UTF8";
  if (ENCODINGS.includes(encoding)) return;
  throw new SubscriptionError(
    "encoding",
    `Cannot subscribe by ${plugin}, which writes in the database's encoding: that is ${encoding}, not UTF8; use pgoutput, whose text the server converts`,
  );
}

async function databaseName(
  connection: ReplicationConnection,
  signal: AbortSignal | undefined,
): Promise<string> {
  return (await connection.identifySystem({ signal })).databaseName ?? "";
}

function checkStart(start: Lsn, walEnd: Lsn): void {
  // The server would wait in silence for its WAL to get there, and skip all before.
  if (start <= walEnd) return;
  throw new SubscriptionError(
    "start_ahead",
    `Cannot start at ${formatLsn(start)}: the server's WAL ends at ${
      formatLsn(walEnd)
    }; is this the same server?`,
  );
}
