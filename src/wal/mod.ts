/**
 * The raw write-ahead log, for archives that `pg_waldump` can read and from which a server
 * can be recovered.
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
// The types that appear in the above, so that this module is self-contained.
export { formatLsn, INVALID_LSN, type Lsn, parseLsn } from "../lsn.ts";
