import { ByteCursor } from "../bytes/byte_cursor.ts";
import { describeByte } from "../bytes/describe_byte.ts";
import { ProtocolError } from "../errors.ts";
import { INVALID_LSN, type Lsn } from "../lsn.ts";
import {
  decodeDelete,
  decodeInsert,
  decodeLogicalMessage,
  decodeTruncate,
  decodeUpdate,
} from "./decode_change.ts";
import { decodeRelation, decodeType } from "./decode_relation.ts";
import {
  decodeBegin,
  decodeBeginPrepare,
  decodeCommit,
  decodeCommitPrepared,
  decodeOrigin,
  decodePrepare,
  decodeRollbackPrepared,
} from "./decode_transaction.ts";
import type { PgoutputMessage } from "./message.ts";
import { messageName } from "./message_name.ts";

/**
 * Decodes one message of the output plugin `pgoutput`: the payload of one
 * XLogData message.
 *
 * The message keeps nothing of `data`, which may be overwritten afterwards. Text is
 * decoded as UTF-8, so the connection's `client_encoding` has to be `UTF8`; bytes
 * that are not UTF-8 become U+FFFD.
 *
 * Messages of protocol version 2 and later are refused by name, with the exception of
 * Begin Prepare, Prepare, Commit Prepared and Rollback Prepared: a slot that was
 * made with `TWO_PHASE` sends these whatever version was asked for.
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
 * @param data One whole message.
 * @param walStart The position in the header of the XLogData around it.
 * @returns The message.
 * @throws {ProtocolError} If the bytes are no such message: an unknown type, too few
 * bytes, too many.
 */
export function decodePgoutputMessage(
  data: Uint8Array,
  walStart: Lsn = INVALID_LSN,
): PgoutputMessage {
  const cursor = new ByteCursor(data, messageName(data[0]));
  const message = decodeBody(cursor, walStart);
  cursor.end();
  return message;
}

function decodeBody(cursor: ByteCursor, walStart: Lsn): PgoutputMessage {
  const type = cursor.uint8();
  switch (type) {
    case 0x49: // I
      return decodeInsert(cursor, walStart);
    case 0x55: // U
      return decodeUpdate(cursor, walStart);
    case 0x44: // D
      return decodeDelete(cursor, walStart);
    case 0x42: // B
      return decodeBegin(cursor, walStart);
    case 0x43: // C
      return decodeCommit(cursor, walStart);
    case 0x52: // R
      return decodeRelation(cursor, walStart);
    case 0x59: // Y
      return decodeType(cursor, walStart);
    case 0x54: // T
      return decodeTruncate(cursor, walStart);
    case 0x4d: // M
      return decodeLogicalMessage(cursor, walStart);
    case 0x4f: // O
      return decodeOrigin(cursor, walStart);
    case 0x62: // b
      return decodeBeginPrepare(cursor, walStart);
    case 0x50: // P
      return decodePrepare(cursor, walStart);
    case 0x4b: // K
      return decodeCommitPrepared(cursor, walStart);
    case 0x72: // r
      return decodeRollbackPrepared(cursor, walStart);
    case 0x53: // S
    case 0x45: // E
    case 0x63: // c
    case 0x41: // A
      throw needsProtocolVersion(2, type);
    case 0x70: // p
      throw needsProtocolVersion(3, type);
    default:
      throw cursor.error(`unknown message type ${describeByte(type)}`);
  }
}

function needsProtocolVersion(version: number, type: number): ProtocolError {
  return new ProtocolError(
    `Cannot decode ${
      messageName(type)
    }: it needs protocol version ${version}, and only version 1 is supported so far; start replication with proto_version '1'`,
  );
}
