import { SubscriptionError } from "../errors.ts";
import type { Lsn } from "../lsn.ts";
import type { PreflightOptions, Start } from "./preflight_options.ts";
import { startAhead } from "./refusals.ts";
import type { FoundSlot } from "./wanted_slot.ts";
import { gapBetween, skipped, type SlotGapReason } from "./refusals.ts";

/** Where a stream is wanted to start, and where it can. */
export interface Positions {
  /** The slot, as it was found. */
  readonly found: FoundSlot | null;
  /** Where the slot begins. */
  readonly confirmed: Lsn;
  /** Where the stream is wanted to start. */
  readonly wanted: Lsn;
  /** Where the server's WAL ends. */
  readonly walEnd: Lsn;
}

/**
 * Chooses a start other than the wanted one: behind what is lost, if that is to be passed.
 *
 * @param positions What is wanted, and what there is.
 * @param options What is allowed.
 * @throws {SubscriptionError} If there is no start, or a gap that is not to be passed.
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
  // The server would wait in silence for its WAL to get there, and skip all before.
  if (wanted > confirmed && wanted > walEnd) throw startAhead(wanted, walEnd);
  if (skip === null) return { start: wanted, gap: null };
  const from = delivered > wanted ? delivered : wanted;
  return { start: walEnd, gap: skipped(from, walEnd, skip) };
}

function reasonOf(found: FoundSlot | null): SlotGapReason {
  if (found === null) return "slotMissing";
  return found.invalidation === null ? "startPassed" : "slotUnusable";
}
