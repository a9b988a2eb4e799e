import type { Lsn } from "../../lsn.ts";

/**
 * The state of a subscription's slot, as of the last query.
 *
 * Source: the manual, "pg_replication_slots".
 *
 * @example
 * ```ts
 * import type { SlotState } from "@walbrook/walbrook/subscription";
 *
 * function describe({ retainedBytes, lossInMs }: SlotState): string {
 *   const keeps = `keeps ${retainedBytes ?? 0n} bytes`;
 *   return lossInMs === null
 *     ? keeps
 *     : `${keeps}, may be lost in ${Math.round(lossInMs / 60_000)} min`;
 * }
 * ```
 *
 * @category Progress
 */
export interface SlotState {
  /** The time of the answer, by this machine's clock. */
  readonly at: Date;
  /** The end of the server's WAL; on a standby, of what it has replayed. */
  readonly walEnd: Lsn;
  /** The oldest WAL that the slot retains; `null` for a slot that has been invalidated. */
  readonly restart: Lsn | null;
  /** The confirmed position. */
  readonly confirmed: Lsn | null;
  /** Whether a connection uses it. */
  readonly active: boolean;
  /**
   * The state of the retained WAL: `"reserved"`, `"extended"` beyond `max_wal_size`,
   * `"unreserved"` when it is about to be removed, `"lost"`.
   */
  readonly walStatus: "reserved" | "extended" | "unreserved" | "lost" | null;
  /** The amount of WAL that it retains, in bytes. */
  readonly retainedBytes: bigint | null;
  /**
   * How much WAL can be written before the slot may be lost, in bytes; `null` without a limit
   * (`max_slot_wal_keep_size`).
   */
  readonly safeBytes: bigint | null;
  /**
   * The recent write rate of the server, in bytes of WAL per second; `null` before the second
   * answer.
   */
  readonly walBytesPerSecond: number | null;
  /**
   * The time until the slot may be lost, in milliseconds, at the present write rate and if
   * nothing more is confirmed. `Infinity` if nothing is written; `null` without a limit, or
   * before the rate is known.
   */
  readonly lossInMs: number | null;
  /**
   * The time without a connection after which the server invalidates the slot, in
   * milliseconds; `null` if never. Since PostgreSQL 18 (`idle_replication_slot_timeout`).
   */
  readonly idleTimeoutMs: number | null;
}
