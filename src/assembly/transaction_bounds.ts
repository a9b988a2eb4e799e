import { int64At, uint32At, uint64At } from "../bytes/big_endian.ts";
import type { Lsn } from "../lsn.ts";
import { MESSAGE_TYPE } from "../pgoutput/message_type.ts";
import type { ChunkXLogData } from "../replication/copy_both_message.ts";
import { fromServerMicros } from "../timestamp.ts";
import type { OpenTransaction } from "./event_assembler.ts";

// With the type byte.
const BEGIN_LENGTH = 21;
const COMMIT_LENGTH = 26;

/**
 * Reads a Begin where it lies. Where transactions are small, half of the messages are
 * those that begin and end them.
 *
 * @returns What it says; `null` for other messages, and for one of another length.
 */
export function readBegin(
  { bytes, start, end }: ChunkXLogData,
): OpenTransaction | null {
  const isBegin = bytes[start] === MESSAGE_TYPE.BEGIN &&
    end - start === BEGIN_LENGTH;
  return isBegin
    ? {
      xid: uint32At(bytes, start + 17),
      commitLsn: uint64At(bytes, start + 1) as Lsn,
      commitTime: fromServerMicros(int64At(bytes, start + 9)),
    }
    : null;
}

/** Where the record of a commit begins and ends. */
export interface CommittedAt {
  /** Where it begins. */
  readonly commitLsn: Lsn;
  /** Where it ends. */
  readonly endLsn: Lsn;
}

/**
 * Reads a Commit where it lies. When it committed stands in the Begin as well.
 *
 * @returns What it says; `null` for other messages, and for one of another length.
 */
export function readCommit(
  { bytes, start, end }: ChunkXLogData,
): CommittedAt | null {
  const isCommit = bytes[start] === MESSAGE_TYPE.COMMIT &&
    end - start === COMMIT_LENGTH;
  return isCommit
    ? {
      commitLsn: uint64At(bytes, start + 2) as Lsn,
      endLsn: uint64At(bytes, start + 10) as Lsn,
    }
    : null;
}
