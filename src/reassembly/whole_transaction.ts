import { ByteWriter } from "../bytes/byte_writer.ts";
import { MESSAGE_TYPE } from "../pgoutput/message_type.ts";
import type {
  StreamCommitMessage,
  StreamPrepareMessage,
} from "../pgoutput/stream_message.ts";
import { toServerMicros } from "../timestamp.ts";

/** The messages before and after the changes of a transaction that was sent whole. */
export interface Frame {
  /** Begin, or Begin Prepare. */
  readonly begin: Uint8Array;
  /** Commit, or Prepare. */
  readonly end: Uint8Array;
}

/**
 * Creates the messages that the server would have sent before and after a transaction if it
 * had not sent it in blocks.
 *
 * Source: the manual, "Logical Replication Message Formats".
 *
 * @param message The message that completes the transaction.
 */
export function frameOf(
  message: StreamCommitMessage | StreamPrepareMessage,
): Frame {
  return message.kind === "streamCommit"
    ? { begin: encodeBegin(message), end: encodeCommit(message) }
    : { begin: encodeBeginPrepare(message), end: encodePrepare(message) };
}

function encodeBegin(message: StreamCommitMessage): Uint8Array {
  return new ByteWriter()
    .uint8(MESSAGE_TYPE.BEGIN)
    .uint64(message.commitLsn)
    .int64(toServerMicros(message.commitTime))
    .uint32(message.xid)
    .finish();
}

function encodeCommit(message: StreamCommitMessage): Uint8Array {
  return new ByteWriter()
    .uint8(MESSAGE_TYPE.COMMIT)
    .uint8(message.flags)
    .uint64(message.commitLsn)
    .uint64(message.endLsn)
    .int64(toServerMicros(message.commitTime))
    .finish();
}

function encodeBeginPrepare(message: StreamPrepareMessage): Uint8Array {
  const writer = new ByteWriter().uint8(MESSAGE_TYPE.BEGIN_PREPARE);
  return prepared(writer, message).finish();
}

function encodePrepare(message: StreamPrepareMessage): Uint8Array {
  const writer = new ByteWriter()
    .uint8(MESSAGE_TYPE.PREPARE)
    .uint8(message.flags);
  return prepared(writer, message).finish();
}

function prepared(
  writer: ByteWriter,
  message: StreamPrepareMessage,
): ByteWriter {
  return writer
    .uint64(message.prepareLsn)
    .uint64(message.endLsn)
    .int64(toServerMicros(message.prepareTime))
    .uint32(message.xid)
    .string(message.gid);
}
