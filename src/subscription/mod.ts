/**
 * Types of the parts of a subscription: of single options of `subscribe()`, of what
 * `subscription.progress` and `subscription.counts` say, and of the parts of events. A program
 * imports them to declare a variable, a parameter or a callback of such a type.
 *
 * @example
 * ```ts
 * import type {
 *   OnWarning,
 *   RetryOptions,
 *   SubscriptionProgress,
 * } from "@walbrook/walbrook/subscription";
 *
 * const retry: RetryOptions = { initialDelayMs: 100, maxDelayMs: 5_000 };
 * const onWarning: OnWarning = ({ code, message }) => console.warn(code, message);
 * // subscribe({ retry, onWarning, … })
 *
 * function isBehind({ lagMs }: SubscriptionProgress): boolean {
 *   return lagMs > 60_000;
 * }
 * console.log(retry, onWarning.name, isBehind.name);
 * ```
 *
 * @module
 */
export type { Gap, OnGap } from "../events/gap.ts";
export type { OutsideTransaction } from "../events/snapshot_event.ts";
export type { InTransaction } from "../events/transaction_info.ts";
export type { PreparedOutcome } from "../events/two_phase_event.ts";
export type { SlotOptions } from "../preflight/slot_options.ts";
export type { BadValue, OnBadValue } from "../rows/row_decoder.ts";
export type {
  OnWarning,
  SubscriptionWarning,
  WarningCode,
} from "../warning.ts";
export type {
  SlotDropOptions,
  SlotGuardOptions,
  SlotRisk,
  SlotRiskReason,
} from "./guard/slot_guard_options.ts";
export type { SlotState } from "./progress/slot_state.ts";
export type {
  PastError,
  SubscriptionProgress,
} from "./progress/subscription_progress.ts";
export type {
  EventCount,
  ReasonCount,
  SubscriptionCounts,
} from "./progress/tally.ts";
export type { RetryOptions } from "./retry.ts";
export type { StreamingOptions } from "./subscribe_options.ts";
export type { SubscriptionStatus } from "./views/status.ts";
export type { TransactionsOptions } from "./views/transaction.ts";
