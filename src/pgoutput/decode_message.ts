import { ByteCursor } from "../bytes/byte_cursor.ts";
import { describeByte } from "../bytes/describe_byte.ts";
import { INVALID_LSN, type Lsn } from "../lsn.ts";
import {
  decodeDelete,
  decodeInsert,
  decodeLogicalMessage,
  decodeTruncate,
  decodeUpdate,
} from "./decode_change.ts";
import { decodeOrigin } from "./decode_origin.ts";
import { decodeRelation } from "./decode_relation.ts";
import {
  decodeStreamAbort,
  decodeStreamCommit,
  decodeStreamPrepare,
  decodeStreamStart,
} from "./decode_stream.ts";
import { decodeBegin, decodeCommit } from "./decode_transaction.ts";
import {
  decodeBeginPrepare,
  decodeCommitPrepared,
  decodePrepare,
  decodeRollbackPrepared,
} from "./decode_two_phase.ts";
import { decodeType } from "./decode_type.ts";
import type { PgoutputMessage } from "./message.ts";
import { carriesXid, MESSAGE_TYPE } from "./message_type.ts";
import { messageName } from "./message_name.ts";

/** How to decode a message: properties that its bytes do not show. */
export interface DecodePgoutputOptions {
  /**
   * Whether the message was sent between Stream Start and Stream Stop: then its content is
   * preceded by an `xid`.
   *
   * @default {false}
   */
  readonly inStream?: boolean;
}

const OUTSIDE: DecodePgoutputOptions = {};

/**
 * Decodes one message of the output plugin `pgoutput`: the payload of one
 * XLogData message.
 *
 * The message does not refer to `data`, which may be overwritten afterwards. Text is decoded
 * as UTF-8, so the connection's `client_encoding` must be `UTF8`; bytes that are not UTF-8
 * become U+FFFD.
 *
 * Supports all messages of protocol versions 1 to 4. Between Stream Start and Stream Stop,
 * which occur only with the option `streaming`, messages have another format, and nothing in
 * them shows it: pass `inStream` there, or use {@linkcode PgoutputDecoderStream}.
 *
 * Source: the manual, "Logical Replication Message Formats".
 *
 * @example
 * ```ts
 * import {
 *   decodePgoutputMessage,
 *   INVALID_LSN,
 * } from "@walbrook/walbrook/pgoutput";
 * import { assertEquals } from "@std/assert";
 *
 * // Delete on relation 16385, whose key is "7".
 * const message = decodePgoutputMessage(Uint8Array.from(
 *   [0x44, 0, 0, 0x40, 1, 0x4b, 0, 2, 0x74, 0, 0, 0, 1, 0x37, 0x6e],
 * ));
 * assertEquals(message, {
 *   kind: "delete",
 *   walStart: INVALID_LSN,
 *   relationOid: 16385,
 *   keyTuple: ["7", null],
 *   oldTuple: null,
 * });
 * ```
 *
 * @param data One complete message.
 * @param walStart The position in the header of the enclosing XLogData.
 * @param options Whether it was in a block of a streamed transaction.
 * @returns The message.
 * @throws {ProtocolError} If the bytes are not a valid message: an unknown type, too few
 * bytes, or too many.
 */
export function decodePgoutputMessage(
  data: Uint8Array,
  walStart: Lsn = INVALID_LSN,
  options: DecodePgoutputOptions = OUTSIDE,
): PgoutputMessage {
  return decodeMessageAt(
    data,
    { start: 0, end: data.length },
    walStart,
    options,
  );
}

/**
 * Decodes a message like {@linkcode decodePgoutputMessage}, within other bytes.
 *
 * @param bytes The bytes that contain it.
 * @param range Its start and end.
 * @param walStart The position in the header of the enclosing XLogData.
 * @param options Whether it was in a block of a streamed transaction.
 */
export function decodeMessageAt(
  bytes: Uint8Array,
  range: { readonly start: number; readonly end: number },
  walStart: Lsn,
  options: DecodePgoutputOptions = OUTSIDE,
): PgoutputMessage {
  const name = messageName(
    range.start < range.end ? bytes[range.start] : undefined,
  );
  const cursor = new ByteCursor(bytes, name, range);
  const type = cursor.uint8();
  const message = options.inStream === true && carriesXid(type)
    ? withXid(cursor.uint32(), decodeBody(cursor, type, walStart))
    : decodeBody(cursor, type, walStart);
  cursor.end();
  return message;
}

function withXid<M extends PgoutputMessage>(xid: number, message: M): M {
  return { ...message, xid };
}

function decodeBody(
  cursor: ByteCursor,
  type: number,
  walStart: Lsn,
): PgoutputMessage {
  switch (type) {
    case MESSAGE_TYPE.INSERT:
      return decodeInsert(cursor, walStart);
    case MESSAGE_TYPE.UPDATE:
      return decodeUpdate(cursor, walStart);
    case MESSAGE_TYPE.DELETE:
      return decodeDelete(cursor, walStart);
    case MESSAGE_TYPE.BEGIN:
      return decodeBegin(cursor, walStart);
    case MESSAGE_TYPE.COMMIT:
      return decodeCommit(cursor, walStart);
    case MESSAGE_TYPE.RELATION:
      return decodeRelation(cursor, walStart);
    case MESSAGE_TYPE.TYPE:
      return decodeType(cursor, walStart);
    case MESSAGE_TYPE.TRUNCATE:
      return decodeTruncate(cursor, walStart);
    case MESSAGE_TYPE.MESSAGE:
      return decodeLogicalMessage(cursor, walStart);
    case MESSAGE_TYPE.ORIGIN:
      return decodeOrigin(cursor, walStart);
    case MESSAGE_TYPE.BEGIN_PREPARE:
      return decodeBeginPrepare(cursor, walStart);
    case MESSAGE_TYPE.PREPARE:
      return decodePrepare(cursor, walStart);
    case MESSAGE_TYPE.COMMIT_PREPARED:
      return decodeCommitPrepared(cursor, walStart);
    case MESSAGE_TYPE.ROLLBACK_PREPARED:
      return decodeRollbackPrepared(cursor, walStart);
    case MESSAGE_TYPE.STREAM_START:
      return decodeStreamStart(cursor, walStart);
    case MESSAGE_TYPE.STREAM_STOP:
      return { kind: "streamStop", walStart };
    case MESSAGE_TYPE.STREAM_COMMIT:
      return decodeStreamCommit(cursor, walStart);
    case MESSAGE_TYPE.STREAM_ABORT:
      return decodeStreamAbort(cursor, walStart);
    case MESSAGE_TYPE.STREAM_PREPARE:
      return decodeStreamPrepare(cursor, walStart);
    default:
      throw cursor.error(
        `unknown message type ${
          describeByte(type)
        }, which protocol versions 1 to 4 don't have,`,
      );
  }
}
