import { ByteCursor } from "../bytes/byte_cursor.ts";
import type { Lsn } from "../lsn.ts";
import { decodeRelation } from "./decode_relation.ts";
import { decodeBegin, decodeCommit } from "./decode_transaction.ts";
import type {
  BeginMessage,
  CommitMessage,
  RelationMessage,
} from "./message.ts";

/** What comes in every stream, besides changes of rows. */
export type OrdinaryMessage = BeginMessage | CommitMessage | RelationMessage;

/**
 * Does what {@linkcode decodeMessageAt} does, for the messages that come in every stream.
 * It is small, and the errors are short.
 *
 * @param bytes The bytes around the message.
 * @param range Where it starts and ends.
 * @param walStart The position in the header of the XLogData around it.
 * @returns The message; `null` if it is another one.
 * @throws {ProtocolError} If the message ends early or late.
 */
export function decodeOrdinaryAt(
  bytes: Uint8Array,
  range: { readonly start: number; readonly end: number },
  walStart: Lsn,
): OrdinaryMessage | null {
  const cursor = new ByteCursor(bytes, "pgoutput message", range);
  const message = decodeBody(cursor, walStart);
  if (message !== null) cursor.end();
  return message;
}

function decodeBody(cursor: ByteCursor, walStart: Lsn): OrdinaryMessage | null {
  switch (cursor.uint8()) {
    case 0x42: // B
      return decodeBegin(cursor, walStart);
    case 0x43: // C
      return decodeCommit(cursor, walStart);
    case 0x52: // R
      return decodeRelation(cursor, walStart);
    default:
      return null;
  }
}
