import type {
  PgoutputMessage,
  RelationMessage,
  ReplicaIdentity,
  StreamableMessageBase,
  TupleData,
} from "@walbrook/walbrook/pgoutput";
import { UNCHANGED, UndecodedText } from "@walbrook/walbrook/pgoutput";
import { ByteWriter } from "../../src/bytes/byte_writer.ts";
import { toServerMicros } from "../../src/timestamp.ts";

const UTF8 = new TextEncoder();

const IDENTITY_LETTERS: Readonly<Record<ReplicaIdentity, string>> = {
  default: "d",
  nothing: "n",
  full: "f",
  index: "i",
};

/**
 * Writes a message as the server would: the decoder's other direction, made from
 * the manual, to hold the one against the other.
 */
export function encodePgoutputMessage(
  message: PgoutputMessage,
): Uint8Array<ArrayBuffer> {
  const writer = new ByteWriter();
  write(writer, message);
  return writer.finish();
}

function write(writer: ByteWriter, message: PgoutputMessage): ByteWriter {
  switch (message.kind) {
    case "begin":
      letter(writer, "B").uint64(message.finalLsn);
      return time(writer, message.commitTime).uint32(message.xid);
    case "commit":
      letter(writer, "C").uint8(message.flags);
      writer.uint64(message.commitLsn).uint64(message.endLsn);
      return time(writer, message.commitTime);
    case "origin":
      return letter(writer, "O").uint64(message.commitLsn).string(message.name);
    case "relation":
      return relation(writer, message);
    case "type":
      streamable(writer, "Y", message).uint32(message.oid);
      return schema(writer, message.schema).string(message.name);
    case "insert":
      streamable(writer, "I", message).uint32(message.relationOid);
      return tuple(writer, "N", message.newTuple);
    case "update":
      streamable(writer, "U", message).uint32(message.relationOid);
      if (message.keyTuple) tuple(writer, "K", message.keyTuple);
      if (message.oldTuple) tuple(writer, "O", message.oldTuple);
      return tuple(writer, "N", message.newTuple);
    case "delete":
      streamable(writer, "D", message).uint32(message.relationOid);
      if (message.keyTuple) tuple(writer, "K", message.keyTuple);
      if (message.oldTuple) tuple(writer, "O", message.oldTuple);
      return writer;
    case "truncate":
      streamable(writer, "T", message).int32(message.relationOids.length);
      writer.uint8(
        (message.cascade ? 1 : 0) | (message.restartIdentity ? 2 : 0),
      );
      for (const oid of message.relationOids) writer.uint32(oid);
      return writer;
    case "message":
      streamable(writer, "M", message).uint8(message.transactional ? 1 : 0);
      writer.uint64(message.lsn).string(message.prefix);
      return writer.int32(message.content.length).bytes(message.content);
    case "beginPrepare":
      letter(writer, "b").uint64(message.prepareLsn).uint64(message.endLsn);
      time(writer, message.prepareTime);
      return writer.uint32(message.xid).string(message.gid);
    case "prepare":
      letter(writer, "P").uint8(message.flags);
      writer.uint64(message.prepareLsn).uint64(message.endLsn);
      time(writer, message.prepareTime);
      return writer.uint32(message.xid).string(message.gid);
    case "commitPrepared":
      letter(writer, "K").uint8(message.flags);
      writer.uint64(message.commitLsn).uint64(message.endLsn);
      time(writer, message.commitTime);
      return writer.uint32(message.xid).string(message.gid);
    case "rollbackPrepared":
      letter(writer, "r").uint8(message.flags);
      writer.uint64(message.prepareEndLsn).uint64(message.rollbackEndLsn);
      time(writer, message.prepareTime);
      time(writer, message.rollbackTime);
      return writer.uint32(message.xid).string(message.gid);
    case "streamStart":
      letter(writer, "S").uint32(message.xid);
      return writer.uint8(message.firstSegment ? 1 : 0);
    case "streamStop":
      return letter(writer, "E");
    case "streamCommit":
      letter(writer, "c").uint32(message.xid).uint8(message.flags);
      writer.uint64(message.commitLsn).uint64(message.endLsn);
      return time(writer, message.commitTime);
    case "streamAbort":
      letter(writer, "A").uint32(message.xid).uint32(message.subxid);
      if (message.abortLsn === null || message.abortTime === null) {
        return writer;
      }
      return time(writer.uint64(message.abortLsn), message.abortTime);
    case "streamPrepare":
      letter(writer, "p").uint8(message.flags);
      writer.uint64(message.prepareLsn).uint64(message.endLsn);
      time(writer, message.prepareTime);
      return writer.uint32(message.xid).string(message.gid);
  }
}

function relation(writer: ByteWriter, message: RelationMessage): ByteWriter {
  streamable(writer, "R", message).uint32(message.oid);
  schema(writer, message.schema).string(message.name);
  letter(writer, IDENTITY_LETTERS[message.replicaIdentity]);
  writer.int16(message.columns.length);
  for (const { name, typeOid, typeModifier, isKey } of message.columns) {
    writer.uint8(isKey ? 1 : 0).string(name).uint32(typeOid);
    writer.int32(typeModifier);
  }
  return writer;
}

// Those of a streamed transaction begin with its id.
function streamable(
  writer: ByteWriter,
  type: string,
  message: StreamableMessageBase<string>,
): ByteWriter {
  letter(writer, type);
  return message.xid === undefined ? writer : writer.uint32(message.xid);
}

function tuple(writer: ByteWriter, part: string, data: TupleData): ByteWriter {
  letter(writer, part).int16(data.length);
  for (const value of data) {
    if (value === null) letter(writer, "n");
    else if (value === UNCHANGED) letter(writer, "u");
    else if (typeof value === "string") sized(writer, "t", UTF8.encode(value));
    else if (value instanceof UndecodedText) sized(writer, "t", value);
    else sized(writer, "b", value);
  }
  return writer;
}

function sized(writer: ByteWriter, format: string, bytes: Uint8Array): void {
  letter(writer, format).int32(bytes.length).bytes(bytes);
}

function schema(writer: ByteWriter, name: string): ByteWriter {
  return writer.string(name === "pg_catalog" ? "" : name);
}

function time(writer: ByteWriter, micros: bigint): ByteWriter {
  return writer.int64(toServerMicros(micros));
}

function letter(writer: ByteWriter, text: string): ByteWriter {
  return writer.uint8(text.charCodeAt(0));
}
