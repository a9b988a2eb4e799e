import type { Lsn } from "../../lsn.ts";

/** A position of the server's WAL, and the time when it became known. */
export interface ServerPosition {
  /** The position. */
  readonly lsn: Lsn;
  /** The time when the server reported it, by `performance.now()`. */
  readonly at: number;
}

/** What is known about the progress of a link; times are by `performance.now()`. */
export interface LinkFacts {
  /** The end of the server's WAL, as last reported. */
  readonly server: ServerPosition;
  /** The time when the oldest unread message arrived, or `null`. */
  readonly unreadSince: number | null;
  /** Whether a read is pending: the server could report more, and does not. */
  readonly isReading: boolean;
  /** Since when the link has been down; `null` while it is up. */
  readonly downSince: number | null;
  /** How many bytes it has received. */
  readonly receivedBytes: number;
}
