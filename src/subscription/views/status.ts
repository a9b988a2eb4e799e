/**
 * The state of a subscription.
 *
 * @category Progress
 */
export type SubscriptionStatus =
  | {
    /** Connecting, checking the server's configuration, and starting the stream. */
    readonly state: "connecting";
  }
  | {
    /** Streaming: the server sends changes, or has none to send. */
    readonly state: "streaming";
    /** The walsender's process id: `pg_stat_replication.pid`. */
    readonly processId: number;
  }
  | {
    /** The link was lost, or an attempt failed; another attempt follows. */
    readonly state: "retrying";
    /** The error of the lost link or the failed attempt. */
    readonly error: unknown;
    /** How many attempts in a row have failed. */
    readonly failures: number;
    /** The time until the next attempt, in milliseconds. */
    readonly delayMs: number;
  }
  | {
    /** The subscription is over: closed, at its end, or failed. */
    readonly state: "closed";
  };
