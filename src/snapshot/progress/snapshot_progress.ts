/**
 * What the copy of a table waits for.
 */
export type SnapshotWait =
  /** For transactions that began before the copy: their changes are not in the stream. */
  | "transactions"
  /** For the stream to deliver everything that a chunk has seen. */
  | "stream"
  /** For the consumer to request more. */
  | "consumer"
  /** For `subscription.paceSnapshot({ paused: false })`. */
  | "pause";

/**
 * The progress of the copy of a table.
 */
export interface SnapshotProgress {
  /** The table's name with its schema, for example `"public.orders"`. */
  readonly table: string;
  /** The number of the copy. */
  readonly run: number;
  /**
   * `"queued"`: other tables are copied first. `"copying"`: rows are read and delivered.
   * `"done"`: all rows have been delivered. `"aborted"`: the copy ended early.
   */
  readonly state: "queued" | "copying" | "done" | "aborted";
  /** The number of delivered rows. */
  readonly rows: number;
  /** The number of bytes of COPY data in these rows. */
  readonly bytes: number;
  /** The server's estimate of the number of rows; `null` if it has none. */
  readonly estimatedRows: number | null;
  /** The approximate size of the table on the server, in bytes. */
  readonly estimatedBytes: number;
  /** What it waits for; `null` while it is being read. */
  readonly waitingFor: SnapshotWait | null;
  /**
   * The transactions that it waits for, as text for people, one line each, once it has waited
   * for a second.
   */
  readonly blockers: readonly string[];
}

/**
 * Called with the progress after every step of a copy.
 */
export type OnSnapshotProgress = (progress: SnapshotProgress) => void;

/**
 * The pace of a subscription's copies.
 */
export interface SnapshotPace {
  /**
   * Whether to pause reading until this is set to `false`.
   *
   * @default {undefined} unchanged
   */
  readonly paused?: boolean;
  /**
   * The fraction of the time in which nothing is read, from 0 to 0.9.
   *
   * @default {undefined} unchanged
   */
  readonly idle?: number;
}

/** Checks the fraction of the time in which nothing is read. */
export function checkIdle(idle: number): void {
  if (idle >= 0 && idle <= 0.9) return;
  throw new RangeError(
    `Cannot leave ${idle} of the time idle: expected a number from 0 to 0.9`,
  );
}
