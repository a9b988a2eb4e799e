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
 * position, and the newest progress of the copy.
 */
export function mergePosition(
  stored: StoredPosition | null,
  checkpoint: Checkpoint,
): StoredPosition {
  const { lsn, systemId, timeline } = checkpoint;
  const { snapshot = stored?.snapshot ?? null } = checkpoint as {
    readonly snapshot?: unknown;
  };
  const isSame = stored?.systemId === systemId;
  const highest = isSame && stored.lsn > lsn ? stored.lsn : lsn;
  return { lsn: highest, systemId, timeline, snapshot };
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
