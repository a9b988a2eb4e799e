/**
 * Archives the write-ahead log of a server into a folder, like `pg_receivewal`: complete
 * files under the server's own names, the one that is being written with the suffix
 * `.partial`, and the history of each timeline. It continues where the folder ends, and
 * reconnects when the connection is lost.
 *
 * ```sh
 * deno run -A examples/archive.ts postgres://archiver@localhost archive/ --slot archive
 * ```
 *
 * The role needs the attribute REPLICATION, and a line for `replication` in
 * `pg_hba.conf`. Ctrl-C ends it cleanly.
 *
 * @module
 */
import { mkdir } from "node:fs/promises";
import process from "node:process";
import { parseArgs } from "node:util";
import { ConnectionError, PostgresError, SQLSTATE } from "@walbrook/walbrook";
import {
  connect,
  type ReplicationConnection,
} from "@walbrook/walbrook/replication";
import {
  formatLsn,
  type Lsn,
  streamWal,
  walSegmentSize,
} from "@walbrook/walbrook/wal";
import { WalArchive } from "./archive/wal_archive.ts";

const HELP = `\
Archives the write-ahead log of a PostgreSQL server.

  deno run -A examples/archive.ts CONNECTION FOLDER [--slot NAME] [--create-slot]
                                  [--until-now]

  --slot NAME    A physical slot, which keeps WAL on the server until it is archived.
  --create-slot  Create the slot if there is none.
  --until-now    End when all is archived that is there at the start.
`;

/** What to archive, and where to. */
export interface ArchiveOptions {
  /** The server. */
  readonly connection: string;
  /** The folder; it is made where it does not exist. */
  readonly folder: string;
  /** The slot, if there is one. */
  readonly slot?: string | undefined;
  /** Whether the slot may be created. */
  readonly createSlot?: boolean;
  /** Whether to end where the server's WAL ends at the start. */
  readonly untilNow?: boolean;
  /**
   * How long to wait before another attempt to connect.
   *
   * @default {5_000}
   */
  readonly retryDelayMs?: number;
  /** Ends it. */
  readonly signal?: AbortSignal;
  /** Told of what happens. */
  readonly tell?: (line: string) => void;
}

/** What outlives a link. */
interface Progress {
  /** Where to end; `null` before the server was asked, and where there is no end. */
  until: Lsn | null;
  /** Whether a stream has begun. */
  hasBegun: boolean;
}

/**
 * Archives WAL until it is told to stop, or has come to its end. If the link breaks once a
 * stream has begun, it connects again, and goes on where the folder ends.
 */
export async function archive(options: ArchiveOptions): Promise<void> {
  const { signal, retryDelayMs = 5_000, tell = () => {} } = options;
  await mkdir(options.folder, { recursive: true });
  const progress: Progress = { until: null, hasBegun: false };
  while (!signal?.aborted) {
    try {
      return await follow(options, progress);
    } catch (error) {
      if (signal?.aborted) return;
      if (!progress.hasBegun || !passes(error)) throw error;
      tell(`${error instanceof Error ? error.message : error}; trying again`);
      await pause(retryDelayMs, signal);
    }
  }
}

/** Follows one link to its end. */
async function follow(
  options: ArchiveOptions,
  progress: Progress,
): Promise<void> {
  const { folder, slot, tell = () => {} } = options;
  await using connection = await connect(options.connection, {
    replication: "physical",
  });
  if (slot !== undefined && options.createSlot) {
    await createSlot(connection, slot);
  }
  const { xlogPos } = await connection.identifySystem();
  if (options.untilNow) progress.until ??= xlogPos;
  const { until } = progress;
  await using files = new WalArchive(
    folder,
    await walSegmentSize(connection),
  );
  const position = await files.position() ??
    await slotPosition(connection, slot);
  await using wal = await streamWal(connection, {
    ...position ?? {},
    ...slot === undefined ? {} : { slot },
  });
  const stop = () => void wal.close();
  options.signal?.addEventListener("abort", stop, { once: true });
  try {
    for await (const event of wal.readable) {
      if (options.signal?.aborted) break;
      progress.hasBegun = true;
      if (event.kind === "timeline") {
        tell(`timeline ${event.timeline} from ${formatLsn(event.start)}`);
      }
      const safe = await files.write(event);
      if (safe !== null) wal.acknowledge(safe);
      if (event.kind !== "bytes") continue;
      if (event.completesFile) tell(`${event.fileName} is complete`);
      if (until === null || event.end < until) continue;
      await files.sync();
      wal.acknowledge(event.end);
      break;
    }
  } finally {
    options.signal?.removeEventListener("abort", stop);
  }
}

/** Whether another attempt may fare better: the link broke, or the server restarts. */
function passes(error: unknown): boolean {
  if (error instanceof ConnectionError) return true;
  return error instanceof PostgresError && PASSING.includes(error.code);
}

const PASSING: readonly string[] = [
  SQLSTATE.ADMIN_SHUTDOWN,
  SQLSTATE.CANNOT_CONNECT_NOW,
  SQLSTATE.TOO_MANY_CONNECTIONS,
  // The server has not noticed the end of the last link yet.
  SQLSTATE.OBJECT_IN_USE,
];

/** Waits, but not after the signal. */
function pause(milliseconds: number, signal?: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, milliseconds);
  signal?.addEventListener("abort", () => resolve(), { once: true });
  return promise.finally(() => clearTimeout(timer));
}

async function createSlot(
  connection: ReplicationConnection,
  slot: string,
): Promise<void> {
  try {
    await connection.createReplicationSlot(slot, {
      kind: "physical",
      reserveWal: true,
    });
  } catch (error) {
    const exists = error instanceof PostgresError &&
      error.code === SQLSTATE.DUPLICATE_OBJECT;
    if (!exists) throw error;
  }
}

// Where a slot begins that has kept WAL already.
async function slotPosition(
  connection: ReplicationConnection,
  slot: string | undefined,
): Promise<{ start: Lsn; timeline: number } | null> {
  if (slot === undefined || connection.serverMajor < 15) return null;
  const found = await connection.readReplicationSlot(slot);
  const { restartLsn = null, restartTimeline = null } = found ?? {};
  return restartLsn === null || restartTimeline === null
    ? null
    : { start: restartLsn, timeline: restartTimeline };
}

async function main(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      slot: { type: "string" },
      "create-slot": { type: "boolean", default: false },
      "until-now": { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  const [connection, folder, ...more] = positionals;
  if (values.help || folder === undefined || more.length > 0) {
    if (values.help) console.log(HELP);
    else console.error(HELP);
    return values.help ? 0 : 2;
  }
  const stop = new AbortController();
  process.once("SIGINT", () => stop.abort());
  try {
    await archive({
      connection: connection ?? "",
      folder,
      slot: values.slot,
      createSlot: values["create-slot"],
      untilNow: values["until-now"],
      signal: stop.signal,
      tell: (line) => console.log(line),
    });
    return 0;
  } catch (error) {
    console.error(`archive: ${error instanceof Error ? error.message : error}`);
    return 1;
  }
}

if (import.meta.main) process.exit(await main(process.argv.slice(2)));
