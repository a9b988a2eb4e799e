import { ProtocolError } from "../errors.ts";
import type { Lsn } from "../lsn.ts";
import type { ReplicationConnection } from "../replication/replication_connection.ts";
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
   * @default {10_000}
   */
  readonly statusIntervalMs?: number;
}

/**
 * Streams the WAL as it is, to archive it: from the beginning of a segment, and on over
 * every timeline that the server takes up, such as after the promotion of a standby.
 *
 * @example
 * ```ts ignore
 * import { connect } from "@walbrook/walbrook";
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
  const { slot, statusIntervalMs = 10_000 } = options;
  if (!(statusIntervalMs > 0)) {
    throw new RangeError(
      `Cannot report every ${statusIntervalMs} ms: expected a positive number`,
    );
  }
  const system = await connection.identifySystem();
  const segmentSize = await walSegmentSize(connection);
  return new WalStream({
    connection,
    slot,
    start: segmentStart(options.start ?? system.xlogPos, segmentSize),
    timeline: options.timeline ?? system.timeline,
    segmentSize,
    statusIntervalMs,
  });
}

const UNITS: Readonly<Record<string, number>> = {
  kB: 2 ** 10,
  MB: 2 ** 20,
  GB: 2 ** 30,
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
