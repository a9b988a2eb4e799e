import type { ByteCursor } from "../bytes/byte_cursor.ts";
import type { Lsn } from "../lsn.ts";
import { fromServerMicros, type UnixMicros } from "../timestamp.ts";
import type { BeginMessage, CommitMessage } from "./message.ts";

// The fields of each object are in the order of the wire, in which they are read.

/** Reads what follows the type byte of Begin. */
export function decodeBegin(cursor: ByteCursor, walStart: Lsn): BeginMessage {
  return {
    kind: "begin",
    walStart,
    finalLsn: cursor.lsn(),
    commitTime: decodeTime(cursor),
    xid: cursor.uint32(),
  };
}

/** Reads what follows the type byte of Commit. */
export function decodeCommit(cursor: ByteCursor, walStart: Lsn): CommitMessage {
  return {
    kind: "commit",
    walStart,
    flags: cursor.uint8(),
    commitLsn: cursor.lsn(),
    endLsn: cursor.lsn(),
    commitTime: decodeTime(cursor),
  };
}

/** Reads a time, which the wire counts from 2000 on. */
export function decodeTime(cursor: ByteCursor): UnixMicros {
  return fromServerMicros(cursor.int64());
}
