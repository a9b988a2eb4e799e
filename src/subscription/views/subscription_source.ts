import type { AcknowledgedUnit } from "../../events/acknowledged_by.ts";
import type { Lsn } from "../../lsn.ts";
import type { SystemIdentity } from "../../preflight/checkpoint.ts";
import type { ReplicationEvent } from "../../events/event.ts";
import type { SubscriptionStatus } from "./status.ts";

/** Where a subscription is. */
export interface SubscriptionProgress {
  /** All before it was received. */
  readonly received: Lsn;
  /** All before it is done, and will not come again. */
  readonly confirmed: Lsn;
  /** How many transactions were received and are not confirmed yet. */
  readonly pending: number;
  /** The lag in bytes of WAL: from `confirmed` to `received`. */
  readonly lagBytes: bigint;
  /**
   * The lag in time: how long ago the oldest transaction committed that was received and
   * is not confirmed, by the clocks of both machines, in milliseconds. 0 if there is none.
   */
  readonly lagMs: number;
}

/** What a {@linkcode Subscription} is wired to. */
export interface SubscriptionSource {
  /** The next events, or `null` at the end. */
  readonly next: () => Promise<readonly ReplicationEvent[] | null>;
  /**
   * Says how to drop what of the last events has not been handed to the consumer: a function
   * that drops it, and returns how many events that were, the last ones. It is called where
   * a link is lost and a checkpoint is kept.
   */
  readonly onLoss: (drop: () => number) => void;
  /** Marks a transaction as done, by where it ends, or a chunk of a copy. */
  readonly acknowledge: (unit: AcknowledgedUnit) => void;
  /** Ends everything as soon as nothing is left to acknowledge. */
  readonly finish: () => Promise<void>;
  /** Ends everything now. */
  readonly close: () => Promise<void>;
  /** Where the subscription is. */
  readonly progress: () => SubscriptionProgress;
  /** Whether the consumer acknowledges by coming back for more. */
  readonly mode: "consumed" | "manual";
  /** Whether a message outside of any transaction waits to be acknowledged by hand. */
  readonly acknowledgeMessages: boolean;
  /** What it is doing. */
  readonly status: () => SubscriptionStatus;
  /** The server that it follows. */
  readonly system: SystemIdentity;
  /** What the server reported of itself and the session. */
  readonly parameters: ReadonlyMap<string, string>;
  /** The walsender's process id. */
  readonly processId: number;
}
