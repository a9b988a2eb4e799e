import type { SlotState } from "../progress/slot_state.ts";

/**
 * Why a slot may be lost, or is lost.
 *
 * - `lossNear`: at the present write rate, it is lost in less than one of `warnBelowMs`.
 * - `unreserved`: its WAL is removed at the next checkpoint (`wal_status`).
 * - `lost`: it has been invalidated.
 * - `missing`: the slot does not exist any more.
 *
 * @category Progress
 */
export type SlotRiskReason = "lossNear" | "unreserved" | "lost" | "missing";

/**
 * A slot that may be lost.
 *
 * @example A line for a log
 * ```ts
 * import type { SlotRisk } from "@walbrook/walbrook/subscription";
 *
 * const line = ({ reason, message }: SlotRisk) => `${reason}: ${message}`;
 * line({ reason: "missing", message: "There is no slot", state: null });
 * ```
 *
 * @category Progress
 */
export interface SlotRisk {
  /** The reason, for programs. */
  readonly reason: SlotRiskReason;
  /** The reason for people, with what to do. */
  readonly message: string;
  /** The state of the slot; `null` if it is missing. */
  readonly state: SlotState | null;
}

/**
 * When to drop a slot automatically, rather than let it fill the server's disk.
 *
 * @category Options
 */
export interface SlotDropOptions {
  /**
   * Drops the slot once it retains more WAL than this, in bytes.
   *
   * @default {undefined} never for that reason
   */
  readonly aboveBytes?: number | bigint;
}

/**
 * How to watch the slot of a subscription.
 *
 * @example
 * ```ts
 * import type { SlotGuardOptions } from "@walbrook/walbrook/subscription";
 *
 * const slotGuard: SlotGuardOptions = {
 *   onSlotRisk: ({ message }) => console.warn(message),
 *   heartbeatMs: 60_000,
 * };
 * ```
 *
 * @category Options
 */
export interface SlotGuardOptions {
  /**
   * How often to query the state of the slot, in milliseconds. Each query opens an ordinary
   * connection.
   *
   * @default {15_000}
   */
  readonly intervalMs?: number;
  /**
   * Called when the slot may be lost: once for each threshold of `warnBelowMs` that the time
   * to loss falls below, and again after that time has recovered to twice the threshold. An
   * error that it throws is ignored.
   *
   * @default {undefined} only {@linkcode SlotState.lossInMs} shows the time to loss
   */
  readonly onSlotRisk?: (risk: SlotRisk) => void;
  /**
   * The thresholds of the time to loss at which `onSlotRisk` is called, in milliseconds.
   *
   * @default {[86_400_000, 3_600_000, 600_000]} a day, an hour, ten minutes
   */
  readonly warnBelowMs?: readonly number[];
  /**
   * How often to emit a message with the prefix `walbrook.heartbeat` outside of any
   * transaction, in milliseconds: a sign of life for idle databases. It arrives as an event
   * of the kind `"message"`, unless `messages` is `false`. A standby can't emit it.
   *
   * @default {undefined} none
   */
  readonly heartbeatMs?: number;
  /**
   * When to drop the slot, which ends the subscription with a {@linkcode SubscriptionError}
   * (`slotDropped`). Use it if the consumer can copy the tables again and the server's disk
   * must not fill up. All unconfirmed changes are lost.
   *
   * @default {undefined} never
   */
  readonly drop?: SlotDropOptions;
}
