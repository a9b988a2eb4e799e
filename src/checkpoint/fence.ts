import { CheckpointConflictError } from "../errors.ts";
import { formatLsn, type Lsn } from "../lsn.ts";

/** A position that a store has, and which process wrote it. */
export interface KeptPosition {
  /** The position. */
  readonly lsn: Lsn;
  /** A random name for each process. */
  readonly writer: string;
}

/**
 * Decides whether a position may take the place of another: it moves only forward. At the
 * same position, where chunks of a copy follow each other, only the process that wrote last
 * goes on.
 *
 * @param kept What the store has; `null` for nothing.
 * @param lsn The new position.
 * @param writers The names of this process, and of the one whose position it has loaded.
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
