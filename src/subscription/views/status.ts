/** What a subscription is doing. */
export type SubscriptionStatus =
  | {
    /** It connects, checks the server's set-up and starts the stream. */
    readonly state: "connecting";
  }
  | {
    /** The server sends, or has nothing to send. */
    readonly state: "streaming";
    /** The walsender's process id, as `pg_stat_replication.pid` has it. */
    readonly processId: number;
  }
  | {
    /** The link is lost, or an attempt has failed; another one follows. */
    readonly state: "retrying";
    /** Why. */
    readonly error: unknown;
    /** How many attempts have failed in a row. */
    readonly failures: number;
    /** How long until the next attempt, in milliseconds. */
    readonly delayMs: number;
  }
  | {
    /** It is over: closed, at its end, or failed for good. */
    readonly state: "closed";
  };
