import type { SubscriptionErrorReason } from "../errors.ts";
import type { Lsn } from "../lsn.ts";
import type { TransactionInfo } from "./transaction_info.ts";

/**
 * A range of the WAL whose changes are lost to a subscription.
 *
 * @category Parts of events
 */
export interface Gap {
  /** The reason, for programs. */
  readonly reason: SubscriptionErrorReason;
  /** The reason, for people. */
  readonly message: string;
  /** The start: changes of transactions that committed before it were delivered. */
  readonly from: Lsn;
  /**
   * The end: from here on everything is delivered again; `null` while the gap is still open.
   */
  readonly to: Lsn | null;
}

/**
 * Called with each gap as it is delivered; only with the option `gaps: "event"`.
 *
 * @category Options
 */
export type OnGap = (gap: Gap) => void;

/**
 * Changes are lost at this point; those before and after it are delivered. Occurs only with
 * the option `gaps: "event"`; otherwise the subscription ends with an error.
 *
 * If a transaction was being delivered, its remaining changes may be lost: then its `commit`
 * never arrives.
 *
 * @example Whether the gap is closed
 * ```ts
 * import type { GapEvent } from "@walbrook/walbrook";
 *
 * function isClosed(event: GapEvent): boolean {
 *   return event.to !== null;
 * }
 * ```
 *
 * @category Events
 */
export interface GapEvent extends Gap {
  /** The kind of the event. */
  readonly kind: "gap";
  /** Always `null`: the event concerns no single table. */
  readonly table: null;
  /** The transaction that it interrupts; `null` between two transactions. */
  readonly transaction: TransactionInfo | null;
  /** The number of changes before it in that transaction; 0 outside of one. */
  readonly index: number;
}

/**
 * Returns the position that acknowledges a gap. An open one has no end, so it is given a
 * position between the end of what was delivered and everything that can follow.
 */
export function gapEnd({ from, to }: Gap): Lsn {
  return to ?? (from + 1n) as Lsn;
}

/** Whether a gap is the one that was already reported. */
export function isSameGap(a: Gap, b: Gap | null): boolean {
  if (b === null || a.reason !== b.reason || a.to !== b.to) return false;
  return a.to === null || a.from === b.from;
}
