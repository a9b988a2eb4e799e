/**
 * The write-ahead log as it is, for archives that `pg_waldump` reads and that a server can
 * be recovered from.
 *
 * @example
 * ```ts
 * import { parseLsn, walFileName } from "@walbrook/walbrook/wal";
 * import { assertEquals } from "@std/assert";
 *
 * const name = walFileName({ timeline: 3, start: parseLsn("0/1000000") });
 * assertEquals(name, "000000030000000000000001");
 * ```
 *
 * @module
 */
export {
  streamWal,
  type StreamWalOptions,
  walSegmentSize,
} from "./stream_wal.ts";
export type { WalBytes, WalEvent, WalTimeline } from "./wal_event.ts";
export {
  DEFAULT_SEGMENT_SIZE,
  parseWalFileName,
  type WalFile,
  walFileName,
} from "./wal_file.ts";
export type { WalStream } from "./wal_stream.ts";
// What the above are made of, so that this module stands alone.
export { formatLsn, INVALID_LSN, type Lsn, parseLsn } from "../lsn.ts";
