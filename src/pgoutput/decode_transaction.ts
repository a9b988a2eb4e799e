import type { ByteCursor } from "../bytes/byte_cursor.ts";
import type { Lsn } from "../lsn.ts";
import { fromServerMicros, type UnixMicros } from "../timestamp.ts";
import type {
  BeginMessage,
  BeginPrepareMessage,
  CommitMessage,
  CommitPreparedMessage,
  OriginMessage,
  PrepareMessage,
  RollbackPreparedMessage,
} from "./message.ts";

// The fields of each object stand, and so are read, in the order of the wire.

/** Reads what follows the type byte of Begin. */
export function decodeBegin(cursor: ByteCursor, walStart: Lsn): BeginMessage {
  return {
    kind: "begin",
    walStart,
    finalLsn: cursor.lsn(),
    commitTime: time(cursor),
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
    commitTime: time(cursor),
  };
}

/** Reads what follows the type byte of Origin. */
export function decodeOrigin(cursor: ByteCursor, walStart: Lsn): OriginMessage {
  return {
    kind: "origin",
    walStart,
    commitLsn: cursor.lsn(),
    name: cursor.string(),
  };
}

/** Reads what follows the type byte of Begin Prepare. */
export function decodeBeginPrepare(
  cursor: ByteCursor,
  walStart: Lsn,
): BeginPrepareMessage {
  return {
    kind: "beginPrepare",
    walStart,
    prepareLsn: cursor.lsn(),
    endLsn: cursor.lsn(),
    prepareTime: time(cursor),
    xid: cursor.uint32(),
    gid: cursor.string(),
  };
}

/** Reads what follows the type byte of Prepare. */
export function decodePrepare(
  cursor: ByteCursor,
  walStart: Lsn,
): PrepareMessage {
  return {
    kind: "prepare",
    walStart,
    flags: cursor.uint8(),
    prepareLsn: cursor.lsn(),
    endLsn: cursor.lsn(),
    prepareTime: time(cursor),
    xid: cursor.uint32(),
    gid: cursor.string(),
  };
}

/** Reads what follows the type byte of Commit Prepared. */
export function decodeCommitPrepared(
  cursor: ByteCursor,
  walStart: Lsn,
): CommitPreparedMessage {
  return {
    kind: "commitPrepared",
    walStart,
    flags: cursor.uint8(),
    commitLsn: cursor.lsn(),
    endLsn: cursor.lsn(),
    commitTime: time(cursor),
    xid: cursor.uint32(),
    gid: cursor.string(),
  };
}

/** Reads what follows the type byte of Rollback Prepared. */
export function decodeRollbackPrepared(
  cursor: ByteCursor,
  walStart: Lsn,
): RollbackPreparedMessage {
  return {
    kind: "rollbackPrepared",
    walStart,
    flags: cursor.uint8(),
    prepareEndLsn: cursor.lsn(),
    rollbackEndLsn: cursor.lsn(),
    prepareTime: time(cursor),
    rollbackTime: time(cursor),
    xid: cursor.uint32(),
    gid: cursor.string(),
  };
}

function time(cursor: ByteCursor): UnixMicros {
  return fromServerMicros(cursor.int64());
}
