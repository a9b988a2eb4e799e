import { SubscriptionError } from "../errors.ts";
import type { Lsn } from "../lsn.ts";
import type { PreflightOptions, Start } from "./preflight_options.ts";
import { startAhead } from "./refusals.ts";
import type { FoundSlot } from "./wanted_slot.ts";
import { gapBetween, skipped, type SlotGapReason } from "./refusals.ts";

/** The requested start of a stream, and the possible ones. */
export interface Positions {
  /** The slot that was found. */
  readonly found: FoundSlot | null;
  /** The slot's start position. */
  readonly confirmed: Lsn;
  /** The requested start position. */
  readonly wanted: Lsn;
  /** The end of the server's WAL. */
  readonly walEnd: Lsn;
}

/**
 * Chooses another start than the requested one: after the lost changes, if a gap is accepted.
 *
 * @param positions The requested and the possible positions.
 * @param options What is accepted.
 * @throws {SubscriptionError} If there is no start, or a gap that is not accepted.
 */
export function resolveStart(
  { found, confirmed, wanted, walEnd }: Positions,
  { slot, continuePastGaps, skip, delivered }: PreflightOptions,
): Start {
  if (wanted < confirmed) {
    const reason = reasonOf(found);
    const gap = gapBetween(wanted, confirmed, { slot: slot.name, reason });
    if (!continuePastGaps) throw new SubscriptionError(gap.reason, gap.message);
    return { start: confirmed, gap };
  }
  // The server would silently wait for its WAL to get there, and skip everything before.
  if (wanted > confirmed && wanted > walEnd) throw startAhead(wanted, walEnd);
  if (skip === null) return { start: wanted, gap: null };
  const from = delivered > wanted ? delivered : wanted;
  return { start: walEnd, gap: skipped(from, walEnd, skip) };
}

function reasonOf(found: FoundSlot | null): SlotGapReason {
  if (found === null) return "slotMissing";
  return found.invalidation === null ? "startPassed" : "slotUnusable";
}
