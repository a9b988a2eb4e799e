import type { ByteCursor } from "../bytes/byte_cursor.ts";
import type { Lsn } from "../lsn.ts";
import { decodeTime } from "./decode_transaction.ts";
import type {
  BeginPrepareMessage,
  CommitPreparedMessage,
  PrepareMessage,
  RollbackPreparedMessage,
} from "./message.ts";

// The fields of each object are in the order of the wire, in which they are read.

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
    prepareTime: decodeTime(cursor),
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
    prepareTime: decodeTime(cursor),
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
    commitTime: decodeTime(cursor),
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
    prepareTime: decodeTime(cursor),
    rollbackTime: decodeTime(cursor),
    xid: cursor.uint32(),
    gid: cursor.string(),
  };
}
