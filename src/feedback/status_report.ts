import { INVALID_LSN, type Lsn } from "../lsn.ts";

/** The positions of a report. */
export interface Positions {
  /** Everything before it was received. */
  readonly received: Lsn;
  /** Everything before it is processed. */
  readonly confirmed: Lsn;
}

/** The content of a report to the server. */
export interface Report {
  /** The write position. */
  readonly write: Lsn;
  /** The flush position, or `0/0`. */
  readonly flush: Lsn;
}

/**
 * Returns what to report.
 *
 * The flush position is sent only if it is new. A server that shuts down waits until the
 * flush position of the last report equals what it has sent, or the write position if flush
 * is `0/0` (WalSndDone in `walsender.c`): an unchanged flush position, repeated in each
 * report, would block it forever.
 *
 * @param now The client's positions.
 * @param reportedFlush The flush position that was last reported.
 */
export function reportFor(now: Positions, reportedFlush: Lsn): Report {
  const write = now.received > now.confirmed ? now.received : now.confirmed;
  // Everything is processed: flush and write are equal, and can be repeated safely.
  const news = now.confirmed > reportedFlush || now.confirmed === write;
  return { write, flush: news ? now.confirmed : INVALID_LSN };
}

/** How often to send reports, in milliseconds. */
export interface ReportIntervals {
  /** The maximum time between reports. */
  readonly longest: number;
  /** The minimum time between reports. */
  readonly shortest: number;
}

/**
 * Returns when the next report is due: soon if there is news or the server requests one, but
 * never sooner than `shortest` after the last one. A server that shuts down repeats its
 * request for each unsatisfying answer, thousands of times a second.
 *
 * @param lastReportAt When the last report was sent, in milliseconds of any clock.
 * @param urgent Whether the server requested a report, or something was acknowledged.
 * @param intervals The bounds.
 * @returns The time, in milliseconds of the same clock.
 */
export function reportDueAt(
  lastReportAt: number,
  urgent: boolean,
  { longest, shortest }: ReportIntervals,
): number {
  return lastReportAt + (urgent ? shortest : longest);
}

/** The maximum interval, for servers with a long timeout or none. */
const LONGEST_MS = 10_000;
/** The minimum interval: short enough for observers, long enough to cost nothing. */
const SHORTEST_MS = 50;

/**
 * Derives the intervals from the server's `wal_sender_timeout`, in milliseconds: three
 * reports within the timeout, so that one can be late. 0 means no timeout.
 *
 * @param walSenderTimeoutMs The server's setting.
 * @param longestMs The maximum interval to use.
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
