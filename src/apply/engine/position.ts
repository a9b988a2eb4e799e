import type { Checkpoint } from "../../preflight/checkpoint.ts";
import type { Lsn } from "../../lsn.ts";

/** A position as the target keeps it, beside the rows. */
export interface StoredPosition {
  /** All that committed before it is applied. */
  readonly lsn: Lsn;
  /** The cluster that it belongs to. */
  readonly systemId: string;
  /** The timeline on which it lies. */
  readonly timeline: number;
  /** How far the initial copy is, as the subscription wrote it; `null` if there is none. */
  readonly snapshot: unknown;
}

/** The position as a subscription takes it. */
export function toCheckpoint(
  { snapshot, ...position }: StoredPosition,
): Checkpoint {
  return snapshot === null ? position : { ...position, snapshot } as Checkpoint;
}

/**
 * Puts together what the target has and what a subscription wants to have kept: the higher
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

/** Whether nothing distinguishes two positions. */
export function samePosition(
  a: StoredPosition | null,
  b: StoredPosition | null,
): boolean {
  return a === b ||
    (a !== null && b !== null && a.lsn === b.lsn &&
      a.systemId === b.systemId && a.timeline === b.timeline &&
      JSON.stringify(a.snapshot) === JSON.stringify(b.snapshot));
}
