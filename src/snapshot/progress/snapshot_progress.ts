/** What the copy of a table waits for. */
export type SnapshotWait =
  /** Transactions that began before the copy: what they did is not in the stream. */
  | "transactions"
  /** The stream, to come to where all has been delivered that was read. */
  | "stream"
  /** The consumer, to come back for more. */
  | "consumer"
  /** `subscription.paceSnapshot({ paused: false })`. */
  | "pause";

/** How far the copy of a table is. */
export interface SnapshotProgress {
  /** The table's name with its schema, for example `"public.orders"`. */
  readonly table: string;
  /** The number of the copy. */
  readonly run: number;
  /**
   * `"queued"`: others are copied first. `"copying"`: rows are read and delivered. `"done"`:
   * all rows have been delivered. `"aborted"`: it ended before that.
   */
  readonly state: "queued" | "copying" | "done" | "aborted";
  /** How many rows have been delivered. */
  readonly rows: number;
  /** How many bytes of COPY data these had. */
  readonly bytes: number;
  /** How many rows the server expects in the table; `null` if it has no estimate. */
  readonly estimatedRows: number | null;
  /** How many bytes the table takes on the server, about. */
  readonly estimatedBytes: number;
  /** What it waits for; `null` while it is being read. */
  readonly waitingFor: SnapshotWait | null;
  /**
   * For people: which transactions it waits for, a line each, once it has done so for a
   * second.
   */
  readonly blockers: readonly string[];
}

/** Told of every step of a copy. */
export type OnSnapshotProgress = (progress: SnapshotProgress) => void;

/** How to go on with the copies of a subscription. */
export interface SnapshotPace {
  /**
   * Whether to read nothing more until this is set to `false`.
   *
   * @default {undefined} as before
   */
  readonly paused?: boolean;
  /**
   * The part of the time in which nothing is read, from 0 to 0.9.
   *
   * @default {undefined} as before
   */
  readonly idle?: number;
}

/** Checks the part of the time in which nothing is read. */
export function checkIdle(idle: number): void {
  if (idle >= 0 && idle <= 0.9) return;
  throw new RangeError(
    `Cannot leave ${idle} of the time idle: expected a number from 0 to 0.9`,
  );
}
