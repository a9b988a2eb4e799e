import { CheckpointConflictError } from "../errors.ts";
import { formatLsn, type Lsn } from "../lsn.ts";

/** A stored position, and the process that wrote it. */
export interface KeptPosition {
  /** The position. */
  readonly lsn: Lsn;
  /** A random name, one for each process. */
  readonly writer: string;
}

/**
 * Decides whether one position may replace another: positions only move forward. At the same
 * position, where chunks of a copy follow each other, only the last writer may continue.
 *
 * @param kept The stored position; `null` if there is none.
 * @param lsn The new position.
 * @param writers The names of this process, and of the process whose position it has loaded.
 */
export function mayReplace(
  kept: KeptPosition | null,
  lsn: Lsn,
  writers: readonly string[],
): boolean {
  if (kept === null || kept.lsn < lsn) return true;
  return kept.lsn === lsn && writers.includes(kept.writer);
}

/** Creates the error for a position that another process has moved. */
export function conflict(consumer: string, lsn: Lsn): CheckpointConflictError {
  return new CheckpointConflictError(
    `Cannot move the position of "${consumer}" to ${
      formatLsn(lsn)
    }: another process has come as far; let that one go on`,
  );
}
