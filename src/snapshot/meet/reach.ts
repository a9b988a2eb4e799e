import type { Lsn } from "../../lsn.ts";

/** XLOG_BLCKSZ, as servers are built. Source: the manual, `wal_block_size`. */
const PAGE_SIZE = 8192n;
/** The size of a long page header. Source: `XLogLongPageHeaderData` in `xlog_internal.h`. */
const PAGE_HEADER_SIZE = 40n;
/** What the server may be late beyond its settings. */
const SLACK_MS = 100;

/**
 * The position which a stream has to reach so that all that committed before an insert
 * position has come.
 *
 * Right behind the border of a page the insert position stands behind the page's header,
 * where no record is yet: a stream stays before the header until one is written.
 *
 * @param insertLsn What `pg_current_wal_insert_lsn()` said.
 */
export function reachablePosition(insertLsn: Lsn): Lsn {
  const offset = insertLsn % PAGE_SIZE;
  return (offset <= PAGE_HEADER_SIZE ? insertLsn - offset : insertLsn) as Lsn;
}

/**
 * How long to wait for an insert position, in milliseconds, before the flush position may
 * take its place. What an open transaction wrote is not flushed by itself, and a stream
 * sends only what is. All commits that a snapshot sees are flushed by then: synchronous ones
 * before they became visible, asynchronous ones within three times `wal_writer_delay`.
 *
 * Source: the manual, "Asynchronous Commit".
 *
 * @param walWriterDelayMs The server's `wal_writer_delay`.
 */
export function flushedAfterMs(walWriterDelayMs: number): number {
  return 3 * walWriterDelayMs + SLACK_MS;
}
