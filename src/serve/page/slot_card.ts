import type { DoctorReport } from "../../doctor/report.ts";
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

/** What the card is made of. */
export interface SlotFacts {
  /** The slot, as the server described it last. */
  readonly slot: SlotState | null;
  /** Whether there is a link. */
  readonly isLinked: boolean;
  /** The process that serves the link. */
  readonly processId: number;
  /** Since when there is no link, in milliseconds since 1970-01-01 UTC; `null` if there is one. */
  readonly downAt: number | null;
  /** The last examination of the server. */
  readonly doctor: DoctorReport | null;
}

/** A slot with less time than this counts as in danger, in milliseconds. */
const DANGER_MS = 3_600_000;

/** Describes the slot. */
export function slotCard(facts: SlotFacts): SlotCard {
  const { slot, isLinked, doctor } = facts;
  const heldBy = ["Held by", holder(facts)] as const;
  if (slot === null) {
    return {
      ...{ level: "old", state: "not asked", loss: "not known" },
      ...{ share: null, hourShare: null },
      kept: "The slot is not queried: subscribe with the option slotGuard",
      facts: [heldBy],
    };
  }
  const { retainedBytes, safeBytes, lossInMs, walBytesPerSecond } = slot;
  const limit = retainedBytes === null || safeBytes === null
    ? null
    : Number(retainedBytes + safeBytes);
  const isInDanger = slot.walStatus === "unreserved" ||
    (lossInMs !== null && lossInMs < DANGER_MS);
  const isBad = slot.walStatus === "lost" || isInDanger;
  return {
    level: isBad ? "bad" : isLinked ? "ok" : "old",
    state: !isLinked
      ? `as of ${formatClock(slot.at)}`
      : isInDanger
      ? "in danger"
      : slot.walStatus ?? "lost",
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
      ["Limit", limit === null ? "none" : "max_slot_wal_keep_size"],
      heldBy,
      ["Restarts at", formatPosition(slot.restart)],
      ...failoverOf(doctor),
      ...slot.idleTimeoutMs === null ? [] : [
        [
          "Lost without a link after",
          formatDuration(slot.idleTimeoutMs),
        ] as const,
      ],
    ],
  };
}

function holder({ isLinked, processId, downAt }: SlotFacts): string {
  if (isLinked) return `walsender, pid ${processId}`;
  return downAt === null ? "nobody" : `nobody, since ${formatClock(downAt)}`;
}

// A standby exists, but the slot is not synchronized to it.
function failoverOf(doctor: DoctorReport | null): [string, string][] {
  const isMissing = doctor?.findings.some(({ id }) => id === "slotNoFailover");
  return isMissing ? [["Failover", "not synchronised"]] : [];
}
