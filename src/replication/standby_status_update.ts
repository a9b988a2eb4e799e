import { ByteWriter } from "../bytes/byte_writer.ts";
import type { Lsn } from "../lsn.ts";
import { nowMicros, toServerMicros, type UnixMicros } from "../timestamp.ts";

/**
 * The progress of a client. The server stores three positions with different meanings:
 */
export interface StandbyStatusUpdate {
  /** Everything before it was received. Only shown in `pg_stat_replication`. */
  readonly write: Lsn;
  /**
   * Everything before it is durable here, so the server may discard it: advances a logical
   * slot's `confirmed_flush_lsn`, which never moves backwards. `0/0` leaves it unchanged.
   */
  readonly flush: Lsn;
  /** Everything before it is visible to readers here. Only shown in `pg_stat_replication`. */
  readonly apply: Lsn;
  /**
   * The client's clock, in microseconds since 1970-01-01 UTC.
   *
   * @default {now}
   */
  readonly clientTime?: UnixMicros;
  /**
   * Whether the server must reply immediately, with a keepalive.
   *
   * @default {false}
   */
  readonly replyRequested?: boolean;
}

/**
 * Encodes a StandbyStatusUpdate: the 34 bytes to send as CopyData.
 *
 * Source: the manual, "Streaming Replication Protocol", Standby status update.
 *
 * @example
 * ```ts
 * import { parseLsn } from "@walbrook/walbrook";
 * import { encodeStandbyStatusUpdate } from "@walbrook/walbrook/replication";
 * import { assertEquals } from "@std/assert";
 *
 * const done = parseLsn("0/1974F38");
 * const bytes = encodeStandbyStatusUpdate({ write: done, flush: done, apply: done });
 * assertEquals(bytes.length, 34);
 * ```
 *
 * @param update The positions.
 * @returns The payload of the CopyData.
 */
export function encodeStandbyStatusUpdate(
  update: StandbyStatusUpdate,
): Uint8Array<ArrayBuffer> {
  return new ByteWriter(34)
    .uint8(0x72) // r
    .uint64(update.write)
    .uint64(update.flush)
    .uint64(update.apply)
    .int64(toServerMicros(update.clientTime ?? nowMicros()))
    .uint8(update.replyRequested ? 1 : 0)
    .finish();
}
