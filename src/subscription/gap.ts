import type { SubscriptionErrorReason } from "../errors.ts";
import type { Lsn } from "../lsn.ts";

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

/** Told of a gap. Whoever passes such a function chooses to go on behind it. */
export type OnGap = (gap: Gap) => void;
