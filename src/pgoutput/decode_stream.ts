import type { ByteCursor } from "../bytes/byte_cursor.ts";
import type { Lsn } from "../lsn.ts";
import { decodeTime } from "./decode_transaction.ts";
import type {
  StreamAbortMessage,
  StreamCommitMessage,
  StreamPrepareMessage,
  StreamStartMessage,
} from "./stream_message.ts";

// The fields of each object are in the order of the wire, in which they are read.

/** Reads what follows the type byte of Stream Start. */
export function decodeStreamStart(
  cursor: ByteCursor,
  walStart: Lsn,
): StreamStartMessage {
  return {
    kind: "streamStart",
    walStart,
    xid: cursor.uint32(),
    firstSegment: cursor.uint8() !== 0,
  };
}

/** Reads what follows the type byte of Stream Commit. */
export function decodeStreamCommit(
  cursor: ByteCursor,
  walStart: Lsn,
): StreamCommitMessage {
  return {
    kind: "streamCommit",
    walStart,
    xid: cursor.uint32(),
    flags: cursor.uint8(),
    commitLsn: cursor.lsn(),
    endLsn: cursor.lsn(),
    commitTime: decodeTime(cursor),
  };
}

/** Reads what follows the type byte of Stream Abort. */
export function decodeStreamAbort(
  cursor: ByteCursor,
  walStart: Lsn,
): StreamAbortMessage {
  const xid = cursor.uint32();
  const subxid = cursor.uint32();
  // Only the length shows whether the stream was started as 'parallel'.
  const isLong = cursor.remaining > 0;
  return {
    kind: "streamAbort",
    walStart,
    xid,
    subxid,
    abortLsn: isLong ? cursor.lsn() : null,
    abortTime: isLong ? decodeTime(cursor) : null,
  };
}

/** Reads what follows the type byte of Stream Prepare. */
export function decodeStreamPrepare(
  cursor: ByteCursor,
  walStart: Lsn,
): StreamPrepareMessage {
  return {
    kind: "streamPrepare",
    walStart,
    flags: cursor.uint8(),
    prepareLsn: cursor.lsn(),
    endLsn: cursor.lsn(),
    prepareTime: decodeTime(cursor),
    xid: cursor.uint32(),
    gid: cursor.string(),
  };
}
