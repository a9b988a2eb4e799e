import { int64At, uint32At, uint64At } from "../bytes/big_endian.ts";
import type { Lsn } from "../lsn.ts";
import { fromServerMicros, type UnixMicros } from "../timestamp.ts";

// With the type byte.
const BEGIN_LENGTH = 21;
const COMMIT_LENGTH = 26;

/** A message in place: the bytes that contain it, and its start and end. */
export interface MessageBytes {
  /** The bytes, of one message or of many. */
  readonly bytes: Uint8Array;
  /** The position of its type byte. */
  readonly start: number;
  /** The position after its last byte. */
  readonly end: number;
}

/** The fields of a Begin. */
export interface BeginFields {
  /** The transaction's id. */
  readonly xid: number;
  /** The position of its commit record. */
  readonly commitLsn: Lsn;
  /** The time of its commit, in microseconds since the Unix epoch. */
  readonly commitTime: UnixMicros;
}

/**
 * Reads a Begin in place. With small transactions, half of all messages are Begin and
 * Commit.
 *
 * @param message A message of type Begin.
 * @returns Its fields; `null` if it has another length: {@linkcode decodePgoutputMessage}
 * explains that error.
 */
export function readBegin(
  { bytes, start, end }: MessageBytes,
): BeginFields | null {
  if (end - start !== BEGIN_LENGTH) return null;
  return {
    xid: uint32At(bytes, start + 17),
    commitLsn: uint64At(bytes, start + 1) as Lsn,
    commitTime: fromServerMicros(int64At(bytes, start + 9)),
  };
}

/** The positions of a Commit. */
export interface CommitFields {
  /** The position of the commit record. */
  readonly commitLsn: Lsn;
  /** The position where it ends. */
  readonly endLsn: Lsn;
}

/**
 * Reads a Commit in place. The commit time is in the Begin as well.
 *
 * @param message A message of type Commit.
 * @returns Its positions; `null` if it has another length.
 */
export function readCommit(
  { bytes, start, end }: MessageBytes,
): CommitFields | null {
  if (end - start !== COMMIT_LENGTH) return null;
  return {
    commitLsn: uint64At(bytes, start + 2) as Lsn,
    endLsn: uint64At(bytes, start + 10) as Lsn,
  };
}
