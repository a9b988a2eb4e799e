/** The limits for a silent link, in milliseconds. */
export interface LivenessTimings {
  /** The silence after which the server is asked to reply. */
  readonly askAfter: number;
  /** The silence after which the link counts as dead. */
  readonly giveUpAfter: number;
}

/** The timeout assumed for a server that has none: the default. */
const DEFAULT_TIMEOUT_MS = 60_000;

/**
 * Derives the limits from the server's `wal_sender_timeout`, in milliseconds. An idle server
 * sends a message after half of it, so silence for the whole time is suspicious, and twice
 * the time, despite a request, means that the link is dead.
 *
 * @param walSenderTimeoutMs 0 for a server without a timeout, which sends nothing unprompted.
 */
export function livenessTimings(walSenderTimeoutMs: number): LivenessTimings {
  const timeout = walSenderTimeoutMs > 0
    ? walSenderTimeoutMs
    : DEFAULT_TIMEOUT_MS;
  return { askAfter: timeout, giveUpAfter: 2 * timeout };
}

/**
 * Judges a link by how long a read has been waiting. Time in which nobody reads does not
 * count: then the consumer is slow. Every byte counts, so a large message over a slow link is
 * not silence.
 *
 * @param silentMs How long a read has waited without a byte; 0 if none is pending.
 * @param timings The limits.
 */
export function judgeLink(
  silentMs: number,
  { askAfter, giveUpAfter }: LivenessTimings,
): "alive" | "ask" | "dead" {
  if (silentMs >= giveUpAfter) return "dead";
  return silentMs >= askAfter ? "ask" : "alive";
}
