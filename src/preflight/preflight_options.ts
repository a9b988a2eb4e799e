import type { Gap } from "../events/gap.ts";
import type { StopClock } from "../deadline.ts";
import type { Lsn } from "../lsn.ts";
import type { RelationCatalog } from "../catalog/relation_catalog.ts";
import type { Checkpoint } from "./checkpoint.ts";
import type { SlotOptions } from "./slot_options.ts";

/** Why the server can't send something that may be skipped. */
export type SkipReason = "publicationMissing" | "streamFailed";

/** What a subscription asks of the server. */
export interface PreflightOptions {
  /** The slot to stream from. */
  readonly slot: SlotOptions;
  /** The output plugin. */
  readonly plugin: string;
  /** The publications to follow; none for another plugin than pgoutput. */
  readonly publications: readonly string[];
  /** Whether their values are to come in binary format. */
  readonly binary: boolean;
  /** Takes what the catalog says of their tables; `null` where it is not to be asked. */
  readonly catalog: Promise<RelationCatalog> | null;
  /** Whether transactions are to come when they are prepared. */
  readonly twoPhase: boolean;
  /** Where to start, if the caller said and there is no checkpoint. */
  readonly startLsn: Lsn | undefined;
  /** How far the consumer is, if that is known. */
  readonly checkpoint: Checkpoint | null;
  /** How far events were delivered, if that is further than the checkpoint. */
  readonly delivered: Lsn;
  /** Why to skip what the server can't send, up to where its WAL ends; `null` not to. */
  readonly skip: SkipReason | null;
  /** Whether the checkpoint may be one of an earlier timeline. */
  readonly acceptTimeline: boolean;
  /** Whether to go on behind a gap, which is an error otherwise. */
  readonly continuePastGaps: boolean;
  /** Gives up. */
  readonly signal: AbortSignal | undefined;
  /** Stops the clock for what may take any time: a new slot waits for all who are writing. */
  readonly stopClock: StopClock;
}

/** Where a stream starts. */
export interface Start {
  /** Where the stream starts. */
  readonly start: Lsn;
  /** What is lost before that, if anything. */
  readonly gap: Gap | null;
}
