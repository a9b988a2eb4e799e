import type { SlotState } from "../../subscription/progress/slot_state.ts";
import {
  formatBytes,
  formatClock,
  formatDuration,
  formatPosition,
} from "./format.ts";

/** The slot on the page. */
export interface SlotCard {
  /** Its level. */
  readonly level: "ok" | "warn" | "bad" | "old";
  /** Its state as a word. */
  readonly state: string;
  /** The time until it is lost. */
  readonly loss: string;
  /** The fraction of the limit that it retains, from 0 to 1; `null` without a limit. */
  readonly share: number | null;
  /** The fraction at which an hour is left; `null` if unknown. */
  readonly hourShare: number | null;
  /** The amount of WAL that it retains. */
  readonly kept: string;
  /** Facts about it. */
  readonly facts: readonly (readonly [string, string])[];
}

/** Describes the slot. */
export function slotCard(
  slot: SlotState | null,
  state: string,
  processId: number,
): SlotCard {
  if (slot === null) {
    return {
      ...{ level: "old", state: "not asked", loss: "not known" },
      ...{ share: null, hourShare: null },
      kept: "The slot is not queried: subscribe with the option slotGuard",
      facts: [["Held by", holder(state, processId)]],
    };
  }
  const { retainedBytes, safeBytes, lossInMs, walBytesPerSecond } = slot;
  const limit = retainedBytes === null || safeBytes === null
    ? null
    : Number(retainedBytes + safeBytes);
  const isOld = state !== "streaming";
  const isBad = slot.walStatus === "lost" || slot.walStatus === "unreserved" ||
    (lossInMs !== null && lossInMs < 3_600_000);
  return {
    level: isBad ? "bad" : isOld ? "old" : "ok",
    state: isOld ? `as of ${formatClock(slot.at)}` : slot.walStatus ?? "lost",
    loss: lossInMs === null || lossInMs === Infinity
      ? "not foreseeable"
      : formatDuration(lossInMs),
    share: limit === null || limit <= 0 ? null : Number(retainedBytes) / limit,
    hourShare: limit === null || limit <= 0 || walBytesPerSecond === null
      ? null
      : Math.max(0, 1 - walBytesPerSecond * 3_600 / limit),
    kept: `${
      retainedBytes === null ? "nothing" : formatBytes(retainedBytes)
    } kept${
      limit === null ? ", without a limit" : ` of ${formatBytes(limit)}`
    }`,
    facts: [
      [
        "Log written",
        walBytesPerSecond === null
          ? "not known"
          : `${formatBytes(walBytesPerSecond)}/s`,
      ],
      ["Held by", holder(state, processId)],
      ["Restarts at", formatPosition(slot.restart)],
      ...slot.idleTimeoutMs === null ? [] : [
        [
          "Lost without a link after",
          formatDuration(slot.idleTimeoutMs),
        ] as const,
      ],
    ],
  };
}

function holder(state: string, processId: number): string {
  return state === "streaming" ? `walsender, pid ${processId}` : "nobody";
}
