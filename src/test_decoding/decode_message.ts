import { toByteString } from "../bytes/byte_string.ts";
import { payloadText } from "../output_plugin/payload_text.ts";
import { INVALID_LSN, type Lsn } from "../lsn.ts";
import { decodeChange } from "./decode_change.ts";
import { decodeLogicalMessage } from "./decode_logical_message.ts";
import type { UnixMicros } from "../timestamp.ts";
import type { TestDecodingMessage } from "./message.ts";
import { TextCursor } from "./text_cursor.ts";

/**
 * Decodes one message of the output plugin `test_decoding`: the payload of one
 * XLogData message.
 *
 * The plugin writes text in the *database's* encoding, whatever `client_encoding` is; it is
 * decoded as UTF-8. A value that is not UTF-8 is returned as its bytes; in names, such bytes
 * become U+FFFD. The message does not refer to `data`.
 *
 * Source: `contrib/test_decoding/test_decoding.c`.
 *
 * @example
 * ```ts
 * import { decodeTestDecodingMessage } from "@walbrook/walbrook/test_decoding";
 * import { assertEquals } from "@std/assert";
 *
 * const message = decodeTestDecodingMessage(new TextEncoder().encode(
 *   "table public.item: INSERT: id[integer]:7 name[text]:'it''s' bits[bit]:B'101'",
 * ));
 * assertEquals(message.kind === "insert" && message.newTuple, [
 *   { name: "id", type: "integer", value: "7" },
 *   { name: "name", type: "text", value: "it's" },
 *   { name: "bits", type: "bit", value: "101" },
 * ]);
 * ```
 *
 * @param data One complete message.
 * @param walStart The position in the header of the enclosing XLogData.
 * @returns The message.
 * @throws {ProtocolError} If the bytes are not a valid message.
 * @throws {RangeError} If its text is longer than a string can be (512 MiB in V8).
 */
export function decodeTestDecodingMessage(
  data: Uint8Array,
  walStart: Lsn = INVALID_LSN,
): TestDecodingMessage {
  const logical = decodeLogicalMessage(data, walStart);
  if (logical !== null) return logical;
  const text = payloadText(data, "test_decoding");
  const cursor = text.includes("\ufffd")
    ? new TextCursor(toByteString(data), true)
    : new TextCursor(text);
  const message = decodeBody(cursor, walStart);
  cursor.end();
  return message;
}

function decodeBody(cursor: TextCursor, walStart: Lsn): TestDecodingMessage {
  if (cursor.accept("table ")) return decodeChange(cursor, walStart);
  if (cursor.accept("BEGIN")) {
    return { kind: "begin", walStart, xid: xidAfter(cursor, " ") };
  }
  if (cursor.accept("COMMIT PREPARED ")) {
    const { gid, xid, time: commitTime } = prepared(cursor);
    return { kind: "commitPrepared", walStart, gid, xid, commitTime };
  }
  if (cursor.accept("COMMIT")) {
    // The blank may also be the one before the time.
    const xid = cursor.sees(" (") ? null : xidAfter(cursor, " ");
    return { kind: "commit", walStart, xid, commitTime: cursor.time() };
  }
  if (cursor.accept("PREPARE TRANSACTION ")) {
    const { gid, xid, time: prepareTime } = prepared(cursor);
    return { kind: "prepare", walStart, gid, xid, prepareTime };
  }
  if (cursor.accept("ROLLBACK PREPARED ")) {
    const { gid, xid, time: rollbackTime } = prepared(cursor);
    return { kind: "rollbackPrepared", walStart, gid, xid, rollbackTime };
  }
  return decodeStreamed(cursor, walStart);
}

// The messages of the option stream-changes.
function decodeStreamed(
  cursor: TextCursor,
  walStart: Lsn,
): TestDecodingMessage {
  if (cursor.accept("opening a streamed block for transaction")) {
    return { kind: "streamStart", walStart, xid: xidAfter(cursor, " TXN ") };
  }
  if (cursor.accept("closing a streamed block for transaction")) {
    return { kind: "streamStop", walStart, xid: xidAfter(cursor, " TXN ") };
  }
  if (cursor.accept("streaming change for ")) {
    return { kind: "streamChange", walStart, xid: streamedXid(cursor) };
  }
  if (cursor.accept("streaming truncate for ")) {
    return { kind: "streamTruncate", walStart, xid: streamedXid(cursor) };
  }
  if (cursor.accept("aborting streamed (sub)transaction")) {
    return { kind: "streamAbort", walStart, xid: xidAfter(cursor, " TXN ") };
  }
  if (cursor.accept("committing streamed transaction")) {
    const xid = xidAfter(cursor, " TXN ");
    return { kind: "streamCommit", walStart, xid, commitTime: cursor.time() };
  }
  if (cursor.accept("preparing streamed transaction ")) {
    cursor.accept("TXN ");
    const { gid, xid, time: prepareTime } = prepared(cursor);
    return { kind: "streamPrepare", walStart, gid, xid, prepareTime };
  }
  throw cursor.error("unknown message");
}

function xidAfter(cursor: TextCursor, separator: string): number | null {
  return cursor.accept(separator) ? cursor.xid() : null;
}

function streamedXid(cursor: TextCursor): number | null {
  if (cursor.accept("TXN ")) return cursor.xid();
  cursor.expect("transaction");
  return null;
}

function prepared(
  cursor: TextCursor,
): { gid: string; xid: number | null; time: UnixMicros | null } {
  return {
    gid: cursor.literal(),
    xid: xidAfter(cursor, ", txid "),
    time: cursor.time(),
  };
}
