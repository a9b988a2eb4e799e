import { INVALID_LSN, type Lsn } from "../lsn.ts";

/** The positions of a report. */
export interface Positions {
  /** All before it was received. */
  readonly received: Lsn;
  /** All before it is done. */
  readonly confirmed: Lsn;
}

/** What a report says to the server. */
export interface Report {
  /** The write position. */
  readonly write: Lsn;
  /** The flush position, or `0/0`. */
  readonly flush: Lsn;
}

/**
 * Says what to report.
 *
 * The flush position is sent only when it is news. A server that shuts down waits until
 * the last report's flush equals what it has sent, or its write where flush is `0/0`
 * (WalSndDone in `walsender.c`): a flush that is held back, repeated in each report,
 * would block it for ever.
 *
 * @param now Where the client is.
 * @param reportedFlush The flush position that the server knows of.
 */
export function reportFor(now: Positions, reportedFlush: Lsn): Report {
  const write = now.received > now.confirmed ? now.received : now.confirmed;
  // All is done: flush and write are one, and can be said again without harm.
  const news = now.confirmed > reportedFlush || now.confirmed === write;
  return { write, flush: news ? now.confirmed : INVALID_LSN };
}

/** How often reports may and must be sent, in milliseconds. */
export interface ReportIntervals {
  /** At the latest this long after the last one. */
  readonly longest: number;
  /** At the earliest this long after the last one. */
  readonly shortest: number;
}

/**
 * Says when the next report is due: soon where there is news or the server asks, but
 * never sooner than `shortest` after the last one, since a server that shuts down
 * asks again for each answer that does not satisfy it, thousands of times a second.
 *
 * @param lastReportAt When the last report was sent, in milliseconds of any clock.
 * @param urgent Whether the server asked for a report, or something was acknowledged.
 * @param intervals The bounds.
 * @returns Milliseconds of the same clock.
 */
export function reportDueAt(
  lastReportAt: number,
  urgent: boolean,
  { longest, shortest }: ReportIntervals,
): number {
  return lastReportAt + (urgent ? shortest : longest);
}

/** The interval that suits a server which is never to be kept waiting for a sign of life. */
const LONGEST_MS = 10_000;
/** Soon enough for anyone who looks, rarely enough to cost nothing. */
const SHORTEST_MS = 50;

/**
 * Derives the intervals from the server's `wal_sender_timeout`, in milliseconds: three
 * reports in its time, so that one can be late. 0 means that the server never gives up.
 *
 * @param walSenderTimeoutMs The server's setting.
 * @param longestMs The longest interval that is wanted.
 */
export function reportIntervals(
  walSenderTimeoutMs: number,
  longestMs: number = LONGEST_MS,
): ReportIntervals {
  const longest = walSenderTimeoutMs > 0
    ? Math.min(longestMs, walSenderTimeoutMs / 3)
    : longestMs;
  return { longest, shortest: Math.min(SHORTEST_MS, longest) };
}
