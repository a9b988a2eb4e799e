import type { SlotState } from "../progress/slot_state.ts";

/**
 * The reason for which a slot may be lost, or is lost.
 *
 * - `lossNear`: at the present rate of writing it is lost in less than one of `warnBelowMs`.
 * - `unreserved`: its WAL is removed at the next checkpoint (`wal_status`).
 * - `lost`: it has been invalidated.
 * - `missing`: there is no slot of that name any more.
 */
export type SlotRiskReason = "lossNear" | "unreserved" | "lost" | "missing";

/**
 * A slot that may be lost.
 *
 * @example A line for a log
 * ```ts
 * import type { SlotRisk } from "@walbrook/walbrook";
 *
 * const line = ({ reason, message }: SlotRisk) => `${reason}: ${message}`;
 * line({ reason: "missing", message: "There is no slot", state: null });
 * ```
 */
export interface SlotRisk {
  /** The reason, for programs. */
  readonly reason: SlotRiskReason;
  /** The reason for people, with what to do. */
  readonly message: string;
  /** What the server says about the slot; `null` if it is missing. */
  readonly state: SlotState | null;
}

/** When to drop a slot by itself, rather than fill the server's disk. */
export interface SlotDropOptions {
  /**
   * Drops the slot once it keeps more WAL than this, in bytes.
   *
   * @default {undefined} never for that reason
   */
  readonly aboveBytes?: number | bigint;
}

/**
 * How to watch over the slot of a subscription.
 *
 * @example
 * ```ts
 * import type { SlotGuardOptions } from "@walbrook/walbrook";
 *
 * const slotGuard: SlotGuardOptions = {
 *   onSlotRisk: ({ message }) => console.warn(message),
 *   heartbeatMs: 60_000,
 * };
 * ```
 */
export interface SlotGuardOptions {
  /**
   * How often to ask the server about the slot, in milliseconds: by an ordinary connection, which
   * is opened for each question.
   *
   * @default {15_000}
   */
  readonly intervalMs?: number;
  /**
   * Called when the slot may be lost: once for each of `warnBelowMs` that the time to loss falls
   * below, and again after it has recovered to twice that time. An error that it throws is
   * ignored.
   */
  readonly onSlotRisk?: (risk: SlotRisk) => void;
  /**
   * The times to loss that call `onSlotRisk`, in milliseconds.
   *
   * @default {[86_400_000, 3_600_000, 600_000]} a day, an hour, ten minutes
   */
  readonly warnBelowMs?: readonly number[];
  /**
   * How often to emit a message of the prefix `walbrook.heartbeat`, in milliseconds, outside of
   * any transaction: a sign of life for databases that stand still. It arrives as an event of
   * the kind `"message"`, unless `messages` is `false`. A standby can't emit it.
   *
   * @default {undefined} none
   */
  readonly heartbeatMs?: number;
  /**
   * When to drop the slot, which ends the subscription with a {@linkcode SubscriptionError}
   * (`slotDropped`): for consumers that can copy the tables again, on servers whose disk must
   * not fill. All changes that are not confirmed are lost.
   *
   * @default {undefined} never
   */
  readonly drop?: SlotDropOptions;
}
