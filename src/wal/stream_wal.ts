import { ProtocolError } from "../errors.ts";
import type { Lsn } from "../lsn.ts";
import type { ReplicationConnection } from "../replication/replication_connection.ts";
import { reportIntervals } from "../feedback/status_report.ts";
import { checkSegmentSize, segmentStart } from "./wal_file.ts";
import { WalStream } from "./wal_stream.ts";

/** Options for {@linkcode streamWal}. */
export interface StreamWalOptions {
  /**
   * The start position; its segment is streamed from its first byte.
   *
   * @default {undefined} the current end of the server's WAL
   */
  readonly start?: Lsn;
  /**
   * The timeline of that position.
   *
   * @default {undefined} the server's current one
   */
  readonly timeline?: number;
  /**
   * The physical slot that retains WAL until it is confirmed.
   *
   * @default {undefined} none: the server may remove WAL before it was streamed
   */
  readonly slot?: string;
  /**
   * The maximum time between status reports to the server, in milliseconds. The server
   * disconnects after `wal_sender_timeout` without one.
   *
   * @default {undefined} a third of that timeout, and at most 10 s
   */
  readonly statusIntervalMs?: number;
}

/**
 * Streams the raw WAL, to archive it: from the beginning of a segment, and on every timeline
 * to which the server switches, for example when a standby is promoted.
 *
 * A dead link ends the stream with a `ConnectionError` after a read has waited for twice the
 * server's `wal_sender_timeout`. To continue, connect again and pass the end of what is
 * stored as `start`.
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
 * @param connection A connection opened with `replication: "physical"`, which is busy until
 * the stream has ended.
 * @param options The start position, and more.
 * @returns The stream, which has begun.
 * @throws {PostgresError} If the server rejects it. If WAL was removed already, the stream
 * reports that: 58P01.
 * @throws {RangeError} If the interval is not positive.
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
 * Queries the size of the server's WAL files.
 *
 * @example
 * ```ts ignore
 * import { connect } from "@walbrook/walbrook/replication";
 * import { walSegmentSize } from "@walbrook/walbrook/wal";
 *
 * await using connection = await connect("postgres://archiver@localhost", {
 *   replication: "physical",
 * });
 * console.log(await walSegmentSize(connection)); // 16777216, unless initdb set another
 * ```
 *
 * @param connection A connection that is not busy.
 * @returns The size in bytes.
 * @throws {ProtocolError} If the answer can't be parsed.
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

// SHOW prints the largest unit that gives an integer, and 0 without a unit.
async function timeoutMs(connection: ReplicationConnection): Promise<number> {
  const text = await connection.show("wal_sender_timeout");
  const [, digits, unit] = /^(\d+)(ms|s|min|h|d)?$/.exec(text) ?? [];
  if (digits !== undefined) return Number(digits) * TIME_UNITS[unit ?? "ms"]!;
  throw new ProtocolError(
    `Cannot read the setting wal_sender_timeout: the server sent "${text}"`,
  );
}
