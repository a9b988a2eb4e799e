import type { Lsn } from "../lsn.ts";
import type { SlotOptions } from "./slot_options.ts";

/** The slot that a subscription requests. */
export interface WantedSlot extends SlotOptions {
  /** Whether it may send transactions when they are prepared. */
  readonly twoPhase: boolean;
  /** Its output plugin. */
  readonly plugin: string;
}

/** A slot that can be streamed, or could be until it was invalidated. */
export interface FoundSlot {
  /** Its `confirmed_flush_lsn`. */
  readonly confirmed: Lsn;
  /** Why it was invalidated; `null` if it is usable. */
  readonly invalidation: string | null;
}
