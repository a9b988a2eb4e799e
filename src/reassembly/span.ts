import { int32At } from "../bytes/big_endian.ts";
import { isStreamType } from "../pgoutput/message_type.ts";
import {
  ChunkXLogData,
  XLOG_HEADER_BYTES,
  type XLogData,
} from "../replication/copy_both_message.ts";
import type { MessageBatch } from "./message_source.ts";

/** The place of a message, without a view of it. */
export interface Span {
  /** The bytes that contain it. */
  readonly bytes: Uint8Array;
  /** Its start. */
  readonly start: number;
  /** Its end. */
  readonly end: number;
}

/** Returns the place of a message's payload. */
export function spanOf(message: XLogData): Span {
  if (message instanceof ChunkXLogData) return message;
  const { data } = message;
  return { bytes: data, start: 0, end: data.length };
}

/** The type byte of a message of pgoutput; 0 for none. */
export function typeOf(message: XLogData): number {
  return message instanceof ChunkXLogData ? message.type : message.data[0] ?? 0;
}

/** Returns whether a batch contains a part of a transaction that has not ended. */
export function hasStreamed(batch: MessageBatch): boolean {
  for (const message of batch) {
    if (message.kind === "XLogData" && isStreamType(typeOf(message))) {
      return true;
    }
  }
  return false;
}

/** Copies the position of a received message, without converting it to a number. */
export function copyWalStart(
  message: XLogData,
  to: DataView,
  at: number,
): void {
  if (!(message instanceof ChunkXLogData)) {
    return to.setBigUint64(at, message.walStart);
  }
  const from = message.start - XLOG_HEADER_BYTES + 1;
  to.setInt32(at, int32At(message.bytes, from));
  to.setInt32(at + 4, int32At(message.bytes, from + 4));
}
