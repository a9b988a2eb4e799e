import { ProtocolError } from "../errors.ts";
import type { Lsn } from "../lsn.ts";
import type { ReplicationConnection } from "../replication/replication_connection.ts";
import { reportIntervals } from "../feedback/status_report.ts";
import { checkSegmentSize, segmentStart } from "./wal_file.ts";
import { WalStream } from "./wal_stream.ts";

/** Options for {@linkcode streamWal}. */
export interface StreamWalOptions {
  /**
   * Where to begin; the segment that holds it is streamed from its first byte.
   *
   * @default {undefined} where the server's WAL ends at this moment
   */
  readonly start?: Lsn;
  /**
   * The timeline of that position.
   *
   * @default {undefined} the server's present one
   */
  readonly timeline?: number;
  /**
   * The physical slot that keeps WAL until it is confirmed.
   *
   * @default {undefined} none: the server may drop WAL before it was streamed
   */
  readonly slot?: string;
  /**
   * How often to tell the server at the latest where this client is. The server hangs up
   * after `wal_sender_timeout` without a word.
   *
   * @default {undefined} a third of that, and every 10 s at least
   */
  readonly statusIntervalMs?: number;
}

/**
 * Streams the WAL as it is, to archive it: from the beginning of a segment, and on over
 * every timeline that the server takes up, such as after the promotion of a standby.
 *
 * A link that carries nothing any more ends the stream with a `ConnectionError`, after
 * twice the server's `wal_sender_timeout` in which someone has waited for it. To go on, connect again
 * and pass the end of what is stored as `start`.
 *
 * @example
 * ```ts ignore
 * import { connect } from "@walbrook/walbrook/replication";
 * import { streamWal } from "@walbrook/walbrook/wal";
 *
 * await using connection = await connect("postgres://archiver@localhost", {
 *   replication: "physical",
 * });
 * await using wal = await streamWal(connection, { slot: "archive" });
 * for await (const event of wal.readable) {
 *   if (event.kind === "bytes") console.log(event.fileName, event.offset);
 * }
 * ```
 *
 * @param connection A connection made with `replication: "physical"`, which is busy until
 * the stream has ended.
 * @param options Where to begin.
 * @throws {PostgresError} If the server refuses. What it has dropped already is told by
 * the stream: 58P01.
 * @throws {RangeError} If the interval is no positive number.
 */
export async function streamWal(
  connection: ReplicationConnection,
  options: StreamWalOptions = {},
): Promise<WalStream> {
  const { slot, statusIntervalMs } = options;
  if (statusIntervalMs !== undefined && !(statusIntervalMs > 0)) {
    throw new RangeError(
      `Cannot report every ${statusIntervalMs} ms: expected a positive number`,
    );
  }
  const system = await connection.identifySystem();
  const segmentSize = await walSegmentSize(connection);
  const walSenderTimeoutMs = await timeoutMs(connection);
  return new WalStream({
    connection,
    slot,
    start: segmentStart(options.start ?? system.xlogPos, segmentSize),
    timeline: options.timeline ?? system.timeline,
    segmentSize,
    walSenderTimeoutMs,
    statusIntervalMs: statusIntervalMs ??
      reportIntervals(walSenderTimeoutMs).longest,
  });
}

const UNITS: Readonly<Record<string, number>> = {
  kB: 2 ** 10,
  MB: 2 ** 20,
  GB: 2 ** 30,
};
const TIME_UNITS: Readonly<Record<string, number>> = {
  ...{ ms: 1, s: 1000, min: 60_000, h: 3_600_000, d: 86_400_000 },
};

/**
 * Asks the server how long the files of its WAL are.
 *
 * @param connection A connection that is not busy.
 * @returns The size in bytes.
 * @throws {ProtocolError} If the answer can't be understood.
 */
export async function walSegmentSize(
  connection: ReplicationConnection,
): Promise<number> {
  const text = await connection.show("wal_segment_size");
  const [, digits, unit = ""] = /^(\d+)(kB|MB|GB)$/.exec(text) ?? [];
  try {
    return checkSegmentSize(Number(digits) * (UNITS[unit] ?? 0));
  } catch {
    throw new ProtocolError(
      `Cannot read the setting wal_segment_size: the server sent "${text}"`,
    );
  }
}

// SHOW gives the largest unit in which it is a whole number, and 0 without any.
async function timeoutMs(connection: ReplicationConnection): Promise<number> {
  const text = await connection.show("wal_sender_timeout");
  const [, digits, unit] = /^(\d+)(ms|s|min|h|d)?$/.exec(text) ?? [];
  if (digits !== undefined) return Number(digits) * TIME_UNITS[unit ?? "ms"]!;
  throw new ProtocolError(
    `Cannot read the setting wal_sender_timeout: the server sent "${text}"`,
  );
}
