import type { Lsn } from "../lsn.ts";
import type { TimelineHistory } from "../replication/replication_connection.ts";

/** Bytes of the WAL, all of one segment. */
export interface WalBytes {
  /** The kind of the event. */
  readonly kind: "bytes";
  /** The timeline that they belong to. */
  readonly timeline: number;
  /** The position of the first byte. The next event goes on behind the last. */
  readonly start: Lsn;
  /** The position behind the last byte. */
  readonly end: Lsn;
  /** The file that the server has them in. */
  readonly fileName: string;
  /** Where in that file they begin. */
  readonly offset: number;
  /** Whether the file is complete with them. */
  readonly completesFile: boolean;
  /** The bytes: a copy. */
  readonly data: Uint8Array;
}

/**
 * What follows belongs to this timeline: comes first of all, and where the server goes on
 * with another one. The file that was begun on the old timeline stays incomplete.
 */
export interface WalTimeline {
  /** The kind of the event. */
  readonly kind: "timeline";
  /** The timeline. */
  readonly timeline: number;
  /** The position of the first byte that follows: where a segment begins. */
  readonly start: Lsn;
  /** Its history file, which belongs into an archive; `null` for timeline 1. */
  readonly history: TimelineHistory | null;
}

/** What a {@linkcode WalStream} gives. */
export type WalEvent = WalBytes | WalTimeline;
