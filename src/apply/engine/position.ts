import type { Checkpoint } from "../../preflight/checkpoint.ts";
import type { Lsn } from "../../lsn.ts";

/** A position stored in the target, beside the rows. */
export interface StoredPosition {
  /** Everything that committed before it is applied. */
  readonly lsn: Lsn;
  /** The cluster that it belongs to. */
  readonly systemId: string;
  /** The timeline of the position. */
  readonly timeline: number;
  /** The progress of the initial copy, in the subscription's format; `null` for none. */
  readonly snapshot: unknown;
}

/** Converts a position to a subscription's checkpoint. */
export function toCheckpoint(
  { snapshot, ...position }: StoredPosition,
): Checkpoint {
  return snapshot === null ? position : { ...position, snapshot } as Checkpoint;
}

/**
 * Merges the target's position with one that a subscription wants to store: the higher
 * position, with the progress of the copy at that position.
 */
export function mergePosition(
  stored: StoredPosition | null,
  checkpoint: Checkpoint,
): StoredPosition {
  const { lsn, systemId, timeline } = checkpoint;
  const isHigher = stored?.systemId === systemId && stored.lsn > lsn;
  if (isHigher) return { ...stored, timeline };
  const { snapshot = stored?.snapshot ?? null } = checkpoint;
  return { lsn, systemId, timeline, snapshot };
}

/** Returns whether two positions are identical. */
export function samePosition(
  a: StoredPosition | null,
  b: StoredPosition | null,
): boolean {
  return a === b ||
    (a !== null && b !== null && a.lsn === b.lsn &&
      a.systemId === b.systemId && a.timeline === b.timeline &&
      JSON.stringify(a.snapshot) === JSON.stringify(b.snapshot));
}
