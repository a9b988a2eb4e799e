import type { Lsn } from "../lsn.ts";
import type { TimelineHistory } from "../replication/run_commands.ts";

/** Bytes of the WAL, all in one segment. */
export interface WalBytes {
  /** The kind of the event. */
  readonly kind: "bytes";
  /** The timeline that they belong to. */
  readonly timeline: number;
  /** The position of the first byte. The next event continues after the last one. */
  readonly start: Lsn;
  /** The position after the last byte. */
  readonly end: Lsn;
  /** The server's file that contains them. */
  readonly fileName: string;
  /** Their offset in that file. */
  readonly offset: number;
  /** Whether they complete the file. */
  readonly completesFile: boolean;
  /** The bytes: a copy. */
  readonly data: Uint8Array;
}

/**
 * What follows belongs to this timeline. It is the first event, and occurs again when the
 * server switches to another timeline. The incomplete file of the old timeline stays
 * incomplete.
 */
export interface WalTimeline {
  /** The kind of the event. */
  readonly kind: "timeline";
  /** The timeline. */
  readonly timeline: number;
  /** The position of the next byte, which is the start of a segment. */
  readonly start: Lsn;
  /** Its history file, which an archive must contain; `null` for timeline 1. */
  readonly history: TimelineHistory | null;
}

/** An event of a {@linkcode WalStream}. */
export type WalEvent = WalBytes | WalTimeline;
