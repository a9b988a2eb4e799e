import type { Lsn } from "../../lsn.ts";
import type { UnixMicros } from "../../timestamp.ts";
import type { LinkFacts, ServerPosition } from "./link_facts.ts";

/**
 * An error, and when it occurred.
 *
 * @category Progress
 */
export interface PastError {
  /** The error. */
  readonly error: unknown;
  /** The time, by this machine's clock. */
  readonly at: Date;
}

/**
 * The positions and the lag of a subscription.
 *
 * @example Whether a subscription falls behind
 * ```ts
 * import type { SubscriptionProgress } from "@walbrook/walbrook/subscription";
 *
 * function isBehind({ lagBytes, lagMs }: SubscriptionProgress): boolean {
 *   return lagMs > 60_000 || lagBytes === null || lagBytes > 100_000_000n;
 * }
 * ```
 *
 * @category Progress
 */
export interface SubscriptionProgress {
  /** Everything before this position was received. */
  readonly received: Lsn;
  /** Everything before this position is processed and will not be sent again. */
  readonly confirmed: Lsn;
  /** The number of transactions that were received and are not confirmed yet. */
  readonly pending: number;
  /**
   * The end of the server's WAL, as far as it is known: from IDENTIFY_SYSTEM, from
   * keepalives, which report how far the server has decoded, and from the queries of the
   * option `slotGuard`. `null` while it is unknown: while the link is down, and after a
   * minute in which nothing was read because the consumer takes no events.
   */
  readonly walEnd: Lsn | null;
  /** The age of `walEnd`, in milliseconds; `null` while it is unknown. */
  readonly walEndAgeMs: number | null;
  /**
   * The lag in bytes of WAL: from `confirmed` to `walEnd`; `null` while that is unknown. With
   * the option `slotGuard`, it also grows while the consumer hangs.
   */
  readonly lagBytes: bigint | null;
  /**
   * The lag in time, in milliseconds; 0 for a consumer that has processed everything. The
   * longest of
   *
   * - the age of the oldest unconfirmed transaction, including the one being delivered, by
   *   the clocks of both machines;
   * - how long the oldest unread message has waited for the consumer;
   * - how long the server has had WAL that has not arrived, if it was queried (`slotGuard`);
   * - how long the link has been down.
   *
   * It grows as long as the cause lasts.
   */
  readonly lagMs: number;
  /** The number of connections after the first one. */
  readonly reconnections: number;
  /**
   * The last error of a link or of an attempt to connect, even if the subscription has
   * recovered since; `null` if there was none.
   */
  readonly lastError: PastError | null;
  /**
   * How long ago the last event was delivered, in milliseconds; `null` before the first. It
   * grows on an idle database: set `slotGuard.heartbeatMs` for a sign of life.
   */
  readonly lastEventAgeMs: number | null;
}

/** The input of {@linkcode measureProgress}; times are by `performance.now()`. */
export interface ProgressFacts extends Omit<LinkFacts, "receivedBytes"> {
  /** The record of what was received. */
  readonly ledger: {
    readonly received: Lsn;
    readonly confirmed: Lsn;
    readonly pending: number;
    /** The commit time of the oldest unconfirmed unit. */
    readonly oldestTime: UnixMicros | null;
  };
  /**
   * The earliest position that the server has reached and that has not arrived, or `null`.
   */
  readonly missing: ServerPosition | null;
}

/** The age at which the server's last report is outdated if nothing is read any more. */
const OLD_AFTER_MS = 60_000;

/**
 * Measures the lag. A pure function.
 *
 * @param facts What is known.
 * @param now The time, by `performance.now()`.
 * @param today The time, in milliseconds since 1970-01-01 UTC.
 */
export function measureProgress(
  facts: ProgressFacts,
  now: number,
  today: number,
): Pick<
  SubscriptionProgress,
  | "received"
  | "confirmed"
  | "pending"
  | "walEnd"
  | "walEndAgeMs"
  | "lagBytes"
  | "lagMs"
> {
  const { ledger, server, missing, unreadSince, isReading, downSince } = facts;
  const { received, confirmed, pending, oldestTime } = ledger;
  const isKnown = downSince === null
    ? isReading || now - server.at < OLD_AFTER_MS
    : server.at > downSince;
  const walEnd = server.lsn > received ? server.lsn : received;
  const since = (start: number | null | undefined) => now - (start ?? now);
  return {
    ...{ received, confirmed, pending },
    walEnd: isKnown ? walEnd : null,
    walEndAgeMs: isKnown ? now - server.at : null,
    lagBytes: !isKnown ? null : walEnd > confirmed ? walEnd - confirmed : 0n,
    lagMs: Math.max(
      oldestTime === null ? 0 : today - Number(oldestTime / 1000n),
      since(unreadSince),
      since(missing?.at),
      since(downSince),
    ),
  };
}
