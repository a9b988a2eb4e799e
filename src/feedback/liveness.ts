/** How patient to be with a silent link, in milliseconds. */
export interface LivenessTimings {
  /** After this much silence the server is asked for a sign of life. */
  readonly askAfter: number;
  /** After this much silence the link counts as dead. */
  readonly giveUpAfter: number;
}

/** What a server that never gives up is taken for, as if it had the default timeout. */
const DEFAULT_TIMEOUT_MS = 60_000;

/**
 * Derives the timings from the server's `wal_sender_timeout`, in milliseconds: an idle
 * server speaks up after half of it, so silence for all of it is suspicious, and for
 * twice as long, though it was asked, the end.
 *
 * @param walSenderTimeoutMs 0 for a server without a timeout, which says nothing by itself.
 */
export function livenessTimings(walSenderTimeoutMs: number): LivenessTimings {
  const timeout = walSenderTimeoutMs > 0
    ? walSenderTimeoutMs
    : DEFAULT_TIMEOUT_MS;
  return { askAfter: timeout, giveUpAfter: 2 * timeout };
}

/**
 * Judges a link by how long someone has waited for it in vain. Time in which nobody
 * reads does not count: then it is the consumer who is slow. Every byte counts, so that
 * a large message on a narrow link is no silence.
 *
 * @param silentMs For how long a read has been waiting without a byte; 0 if none is.
 * @param timings How patient to be.
 */
export function judgeLink(
  silentMs: number,
  { askAfter, giveUpAfter }: LivenessTimings,
): "alive" | "ask" | "dead" {
  if (silentMs >= giveUpAfter) return "dead";
  return silentMs >= askAfter ? "ask" : "alive";
}
