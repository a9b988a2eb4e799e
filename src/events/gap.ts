import type { SubscriptionErrorReason } from "../errors.ts";
import type { Lsn } from "../lsn.ts";
import type { TransactionInfo } from "./transaction_info.ts";

/** A stretch of the WAL whose changes are lost to a subscription. */
export interface Gap {
  /** Why. */
  readonly reason: SubscriptionErrorReason;
  /** The same for people. */
  readonly message: string;
  /** Changes of transactions that committed before it were delivered. */
  readonly from: Lsn;
  /** From here on all is delivered again; `null` where the gap is still open. */
  readonly to: Lsn | null;
}

/** Listens for gaps, which are delivered only with the option `gaps: "event"`. */
export type OnGap = (gap: Gap) => void;

/**
 * Changes are lost here: those before it are delivered, those after it as well. It comes
 * only with the option `gaps: "event"`; without it the subscription ends with an error instead.
 *
 * A transaction that had begun may be among what is lost: then its `commit` never comes.
 */
export interface GapEvent extends Gap {
  /** Tells it from other events. */
  readonly kind: "gap";
  /** Always `null`: it concerns no single table. */
  readonly table: null;
  /** The transaction in the middle of which it is; `null` between two of them. */
  readonly transaction: TransactionInfo | null;
  /** How many changes of that transaction came before it; 0 outside of one. */
  readonly index: number;
}

/**
 * The position that acknowledges a gap. An open one ends nowhere, so that it is given a
 * place of its own, between the end of what was delivered and all that can come.
 */
export function gapEnd({ from, to }: Gap): Lsn {
  return to ?? (from + 1n) as Lsn;
}

/** Whether a gap is the one that was told of already. */
export function isSameGap(a: Gap, b: Gap | null): boolean {
  if (b === null || a.reason !== b.reason || a.to !== b.to) return false;
  return a.to === null || a.from === b.from;
}
