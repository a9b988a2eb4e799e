import type { Lsn } from "../../lsn.ts";

/** XLOG_BLCKSZ, as servers are built. Source: the manual, `wal_block_size`. */
const PAGE_SIZE = 8192n;
/** The size of a long page header. Source: `XLogLongPageHeaderData` in `xlog_internal.h`. */
const PAGE_HEADER_SIZE = 40n;
/** The maximum delay of the server beyond its settings. */
const SLACK_MS = 100;

/**
 * Returns the position that a stream must reach so that everything that committed before an
 * insert position has arrived.
 *
 * Directly after a page boundary, the insert position is after the page header, where there
 * is no record yet: a stream stays before the header until a record is written. If a record
 * that starts on the previous page ends there, a stream passes the boundary and the end of the
 * record together.
 *
 * @param insertLsn The result of `pg_current_wal_insert_lsn()`.
 */
export function reachablePosition(insertLsn: Lsn): Lsn {
  const offset = insertLsn % PAGE_SIZE;
  return (offset <= PAGE_HEADER_SIZE ? insertLsn - offset : insertLsn) as Lsn;
}

/**
 * Returns how long to wait for an insert position, in milliseconds, before the flush position
 * may replace it. What an open transaction writes is not flushed automatically, and a stream
 * sends only what is flushed. After this time, all commits that a snapshot sees are flushed:
 * synchronous ones were flushed before they became visible, asynchronous ones are within
 * three times `wal_writer_delay`.
 *
 * Source: the manual, "Asynchronous Commit".
 *
 * @param walWriterDelayMs The server's `wal_writer_delay`.
 */
export function flushedAfterMs(walWriterDelayMs: number): number {
  return 3 * walWriterDelayMs + SLACK_MS;
}
