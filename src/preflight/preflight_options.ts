import type { Gap } from "../events/gap.ts";
import type { StopClock } from "../deadline.ts";
import type { Lsn } from "../lsn.ts";
import type { RelationCatalog } from "../catalog/relation_catalog.ts";
import type { Checkpoint } from "./checkpoint.ts";
import type { SlotOptions } from "./slot_options.ts";

/** Why changes that the server can't send may be skipped. */
export type SkipReason = "publicationMissing" | "streamFailed";

/** What a subscription requests from the server. */
export interface PreflightOptions {
  /** The slot to stream from. */
  readonly slot: SlotOptions;
  /** The output plugin. */
  readonly plugin: string;
  /** The publications to follow; none for a plugin other than pgoutput. */
  readonly publications: readonly string[];
  /** Whether to request values in binary format. */
  readonly binary: boolean;
  /** Receives the catalog's description of their tables; `null` to skip lookups. */
  readonly catalog: RelationCatalog | null;
  /** Whether to request transactions when they are prepared. */
  readonly twoPhase: boolean;
  /** The start position, if the caller gave one and there is no checkpoint. */
  readonly startLsn: Lsn | undefined;
  /** The consumer's position, if known. */
  readonly checkpoint: Checkpoint | null;
  /** The position up to which events were delivered, if that is beyond the checkpoint. */
  readonly delivered: Lsn;
  /**
   * Why to skip what the server can't send, up to the end of its WAL; `null` to skip nothing.
   */
  readonly skip: SkipReason | null;
  /** Whether the checkpoint may be from an earlier timeline. */
  readonly acceptTimeline: boolean;
  /** Whether to continue after a gap; otherwise a gap is an error. */
  readonly continuePastGaps: boolean;
  /** Aborts the checks. */
  readonly signal: AbortSignal | undefined;
  /**
   * Stops the clock for steps of unbounded duration: a new slot waits for all running
   * writers.
   */
  readonly stopClock: StopClock;
}

/** The start of a stream. */
export interface Start {
  /** The start position. */
  readonly start: Lsn;
  /** The changes lost before it, if any. */
  readonly gap: Gap | null;
}
