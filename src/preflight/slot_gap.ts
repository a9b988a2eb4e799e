import { SubscriptionError } from "../errors.ts";
import { formatLsn, type Lsn } from "../lsn.ts";
import type { Gap } from "../events/gap.ts";
import type { SkipReason } from "./preflight_options.ts";

/** The error for a slot of which the server has removed what it was to keep. */
export function invalidated(
  slot: string,
  reason: string,
  confirmed: Lsn,
): SubscriptionError {
  return new SubscriptionError(
    "slotUnusable",
    `Cannot subscribe to replication slot "${slot}": the server has invalidated it (${reason}), so changes after ${
      formatLsn(confirmed)
    } are lost; drop the slot, create it again and copy the tables anew, or have that done by passing create: true and gaps: "event"`,
  );
}

/** How a slot can have left a consumer behind. */
export type SlotGapReason = "slotMissing" | "slotUnusable" | "startPassed";

/**
 * Describes what lies between a consumer and its slot.
 *
 * @param from Where the consumer is.
 * @param to Where the slot begins.
 * @param slot The slot's name, and what has become of it.
 */
export function gapBetween(
  from: Lsn,
  to: Lsn,
  { slot, reason }: { readonly slot: string; readonly reason: SlotGapReason },
): Gap {
  const start = `Cannot start at ${
    formatLsn(from)
  }: replication slot "${slot}"`;
  switch (reason) {
    case "slotMissing":
    case "slotUnusable":
      return {
        ...{ reason, from, to },
        message: `${start} was ${
          reason === "slotMissing" ? "gone" : "invalidated"
        }, and the new one begins at ${formatLsn(to)}; copy the tables anew`,
      };
    case "startPassed":
      return {
        ...{ reason, from, to },
        message: `${start} stands at ${
          formatLsn(to)
        }, and the server no longer sends what committed before that; copy the tables anew, or go on behind the gap by passing gaps: "event"`,
      };
  }
}

/** Describes what is skipped since the server can't send it. */
export function skipped(from: Lsn, to: Lsn, reason: SkipReason): Gap {
  const cause = reason === "publicationMissing"
    ? "a publication did not exist when the first of them was made"
    : "the server can't send the first of them";
  return {
    ...{ reason, from, to },
    message: `Changes from ${formatLsn(from)} to ${
      formatLsn(to)
    } are skipped: ${cause}; copy the tables again`,
  };
}
