import { int64At, uint64At } from "../bytes/big_endian.ts";
import { ByteCursor } from "../bytes/byte_cursor.ts";
import { type PostgresErrorFields, ProtocolError } from "../errors.ts";
import type { Lsn } from "../lsn.ts";
import { fromServerMicros, type UnixMicros } from "../timestamp.ts";
import { decodeBackendMessage } from "../wire/backend_message.ts";
import { describeByte } from "../bytes/describe_byte.ts";
import type { Frame } from "../wire/frame.ts";

/** A piece of WAL, or one message of an output plugin. */
export interface XLogData {
  /** The kind of the message. */
  readonly kind: "XLogData";
  /**
   * The position of the data in the WAL. In logical streams: the position of the change, for
   * a commit the *end* of its record, and `0/0` for some messages.
   */
  readonly walStart: Lsn;
  /**
   * In physical streams: the end of the server's WAL. In logical streams: always the same as
   * `walStart`, see WalSndPrepareWrite in `walsender.c`.
   */
  readonly walEnd: Lsn;
  /** When the server sent it, by its clock, in microseconds since 1970-01-01 UTC. */
  readonly sendTime: UnixMicros;
  /** The payload, as a view of the frame. */
  readonly data: Uint8Array;
}

/** A keepalive, which shows that the server is alive. */
export interface PrimaryKeepaliveMessage {
  /** The kind of the message. */
  readonly kind: "PrimaryKeepaliveMessage";
  /** How far the server has sent, or decoded, its WAL. */
  readonly walEnd: Lsn;
  /** When the server sent it, by its clock, in microseconds since 1970-01-01 UTC. */
  readonly sendTime: UnixMicros;
  /**
   * Whether the server will close the connection unless it soon gets a StandbyStatusUpdate.
   */
  readonly replyRequested: boolean;
}

/** A notice in the middle of a stream, for example about a skipped publication. */
export interface ReplicationNotice {
  /** The kind of the message. */
  readonly kind: "NoticeResponse";
  /** The content of the notice. */
  readonly fields: PostgresErrorFields;
}

/** A message of the server in a replication stream. */
export type CopyBothMessage =
  | XLogData
  | PrimaryKeepaliveMessage
  | ReplicationNotice;

/**
 * Decodes the payload of one CopyData from a walsender.
 *
 * Source: the manual, "Streaming Replication Protocol".
 *
 * @example
 * ```ts
 * import { parseLsn, type UnixMicros } from "@walbrook/walbrook";
 * import { decodeCopyBothPayload } from "@walbrook/walbrook/replication";
 * import { assertEquals } from "@std/assert";
 *
 * // A keepalive for 0/1000, sent at the epoch of 2000-01-01, which asks for a reply.
 * const bytes = new Uint8Array(18);
 * bytes[0] = 0x6b;
 * new DataView(bytes.buffer).setBigUint64(1, 0x1000n);
 * bytes[17] = 1;
 * assertEquals(decodeCopyBothPayload(bytes), {
 *   kind: "PrimaryKeepaliveMessage",
 *   walEnd: parseLsn("0/1000"),
 *   sendTime: 946_684_800_000_000n as UnixMicros,
 *   replyRequested: true,
 * });
 * ```
 *
 * @param payload The payload of CopyData.
 * @returns The message; its data is a view of the payload.
 * @throws {ProtocolError} If it is not a message that a walsender sends.
 */
export function decodeCopyBothPayload(
  payload: Uint8Array,
): XLogData | PrimaryKeepaliveMessage {
  switch (payload[0]) {
    case 0x77: // w
      return decodeXLogData(payload);
    case 0x6b: // k
      return decodeKeepalive(payload);
    default:
      throw new ProtocolError(
        `Cannot decode a replication message: ${
          payload[0] === undefined
            ? "it is empty"
            : `its type is ${describeByte(payload[0])}`
        }`,
      );
  }
}

/** Decodes a CopyData or NoticeResponse frame of a replication stream. */
export function decodeCopyBothFrame(frame: Frame): CopyBothMessage {
  if (frame.type === 0x64 /* d */) return decodeCopyBothPayload(frame.body);
  const message = decodeBackendMessage(frame);
  if (message.kind === "NoticeResponse") return message;
  throw new ProtocolError(
    `Cannot read the replication stream: ${message.kind} is not allowed in it`,
  );
}

/** The type byte, two positions and a time. */
export const XLOG_HEADER_BYTES = 25;

/**
 * An XLogData in place, within a chunk. Its fields are decoded only on access.
 */
export class ChunkXLogData implements XLogData {
  readonly kind = "XLogData";
  /** The chunk. */
  readonly bytes: Uint8Array;
  /** Where the payload starts in the chunk. */
  readonly start: number;
  /** Where it ends. */
  readonly end: number;
  /** The payload's first byte; if the payload is empty, whatever follows it. */
  readonly type: number;

  /**
   * @param place The chunk, and the range of CopyData's payload in it.
   * @throws {ProtocolError} If it is too short for its header.
   */
  constructor(
    { bytes, start, end }: Pick<ChunkXLogData, "bytes" | "start" | "end">,
  ) {
    this.bytes = bytes;
    this.start = start + XLOG_HEADER_BYTES;
    this.end = end;
    // Reports what is wrong with it.
    if (this.start > end) decodeXLogData(bytes.subarray(start, end));
    // While the adjacent bytes are cached: fetching it separately takes longer than the rest.
    this.type = bytes[this.start] ?? 0;
  }

  get walStart(): Lsn {
    return uint64At(this.bytes, this.start - 24) as Lsn;
  }

  get walEnd(): Lsn {
    return uint64At(this.bytes, this.start - 16) as Lsn;
  }

  get sendTime(): UnixMicros {
    return fromServerMicros(int64At(this.bytes, this.start - 8));
  }

  get data(): Uint8Array {
    return this.bytes.subarray(this.start, this.end);
  }
}

/** Returns the size of an XLogData's payload, in bytes. */
export function payloadLength(message: XLogData): number {
  return message instanceof ChunkXLogData
    ? message.end - message.start
    : message.data.length;
}

/**
 * Decodes a message of a replication stream like {@linkcode decodeCopyBothFrame}, but leaves
 * an XLogData in place.
 *
 * @param type The type byte of the enclosing message.
 * @param bytes The chunk.
 * @param start The start of its body in the chunk.
 * @param end The end of its body.
 */
export function viewCopyBothMessage(
  type: number,
  bytes: Uint8Array,
  start: number,
  end: number,
): CopyBothMessage {
  const isXLogData = type === 0x64 && bytes[start] === 0x77 && end > start;
  return isXLogData
    ? new ChunkXLogData({ bytes, start, end })
    : decodeCopyBothFrame({ type, body: bytes.subarray(start, end) });
}

function decodeXLogData(payload: Uint8Array): XLogData {
  const reader = new ByteCursor(payload, "XLogData");
  reader.uint8();
  return {
    kind: "XLogData",
    walStart: reader.lsn(),
    walEnd: reader.lsn(),
    sendTime: fromServerMicros(reader.int64()),
    data: reader.rest(),
  };
}

function decodeKeepalive(payload: Uint8Array): PrimaryKeepaliveMessage {
  const reader = new ByteCursor(payload, "Primary keepalive message");
  reader.uint8();
  const walEnd = reader.lsn();
  const sendTime = fromServerMicros(reader.int64());
  const replyRequested = reader.uint8() !== 0;
  reader.end();
  return { kind: "PrimaryKeepaliveMessage", walEnd, sendTime, replyRequested };
}
