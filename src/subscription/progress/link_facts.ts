import type { Lsn } from "../../lsn.ts";

/** A position of the server's WAL, and since when it is known. */
export interface ServerPosition {
  /** The position. */
  readonly lsn: Lsn;
  /** When the server told it, by `performance.now()`. */
  readonly at: number;
}

/** What a link knows about how far it is; times are by `performance.now()`. */
export interface LinkFacts {
  /** The end of the server's WAL, as it was told last. */
  readonly server: ServerPosition;
  /** When the oldest message arrived that the consumer has not taken, or `null`. */
  readonly unreadSince: number | null;
  /** Whether a read is pending: the server could tell more, and does not. */
  readonly isReading: boolean;
  /** Since when the link has been down; `null` while it is up. */
  readonly downSince: number | null;
  /** How many bytes it has received. */
  readonly receivedBytes: number;
}
