/**
 * Builders of a server's messages: the frames of a login and of queries as bytes, the
 * messages of CopyBoth, and decoded messages of pgoutput. A builder fills in the fields that
 * do not matter to a test; its last argument overrides any of them.
 */
import { concat } from "@std/bytes";
import {
  type Lsn,
  PostgresError,
  toLsn,
  type UnixMicros,
} from "@walbrook/walbrook";
import type { PostgresErrorFields } from "@walbrook/walbrook/replication";
import type {
  BeginMessage,
  CommitMessage,
  InsertMessage,
  LogicalMessage,
  OriginMessage,
  RelationColumn,
  RelationMessage,
  TupleData,
} from "@walbrook/walbrook/pgoutput";
import type {
  CopyBothMessage,
  PrimaryKeepaliveMessage,
  XLogData,
} from "@walbrook/walbrook/replication";
import { ChunkXLogData } from "../../src/replication/copy_both_message.ts";

/** Returns the position with this number. */
export function lsn(value: number): Lsn {
  return toLsn(BigInt(value));
}

/** Returns a time, given in microseconds since 1970-01-01 UTC. */
export function micros(value: number): UnixMicros {
  return BigInt(value) as UnixMicros;
}

/** The time 1970-01-01, for messages whose time does not matter. */
export const NEVER: UnixMicros = micros(0);

/** Encodes text as UTF-8. */
export function text(value: string): Uint8Array {
  return new TextEncoder().encode(value);
}

/** Encodes a number as four bytes, big-endian. */
export function int32(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setInt32(0, value);
  return bytes;
}

/** A message with its header: the letter of its type, its length, and its parts. */
export function frame(
  type: string,
  ...parts: readonly (string | Uint8Array)[]
): Uint8Array {
  const body = concat(
    parts.map((part) => typeof part === "string" ? text(part) : part),
  );
  return concat([text(type), int32(body.length + 4), body]);
}

/** An Authentication message. */
export function authentication(
  code: number,
  ...parts: readonly (string | Uint8Array)[]
): Uint8Array {
  return frame("R", int32(code), ...parts);
}

/** A ParameterStatus message. */
export function parameterStatus(name: string, value: string): Uint8Array {
  return frame("S", `${name}\0${value}\0`);
}

/** An ErrorResponse, which ends the connection unless its severity is `ERROR`. */
export function errorResponse(code: string, severity = "FATAL"): Uint8Array {
  return frame("E", reportOf(code, severity));
}

/** A NoticeResponse. */
export function noticeResponse(code: string): Uint8Array {
  return frame("N", reportOf(code, "WARNING"));
}

function reportOf(code: string, severity: string): string {
  return `S${severity}\0V${severity}\0C${code}\0Mscripted ${code}\0\0`;
}

/** A DataRow of text values. */
export function dataRow(...values: readonly (string | null)[]): Uint8Array {
  const columns = values.flatMap((value) => {
    const bytes = text(value ?? "");
    return [int32(value === null ? -1 : bytes.length), bytes];
  });
  return frame("D", Uint8Array.of(0, values.length), ...columns);
}

/** A CommandComplete message. */
export function commandComplete(tag: string): Uint8Array {
  return frame("C", `${tag}\0`);
}

/** ReadyForQuery outside of a transaction. */
export const READY: Uint8Array = frame("Z", "I");

/** CopyBothResponse without columns. */
export const COPY_BOTH: Uint8Array = frame("W", "\0\0\0");

/** The end of a login: BackendKeyData, ParameterStatus and ReadyForQuery. */
export const LOGIN_END: Uint8Array = concat([
  frame("K", int32(4711), Uint8Array.of(1, 2, 3, 4)),
  parameterStatus("server_version", "18.0"),
  parameterStatus("search_path", "pg_catalog"),
  READY,
]);

/** The error that an ErrorResponse with this code becomes. */
export function postgresError(code: string, severity = "ERROR"): PostgresError {
  return new PostgresError({ severity, code, message: "m" });
}

/** XLogData with this payload. */
export function xLogData(data: Uint8Array, walStart: Lsn = lsn(0)): XLogData {
  const sendTime = NEVER;
  return { kind: "XLogData", walStart, walEnd: walStart, sendTime, data };
}

/** The same message in a chunk, among other bytes. The chunk begins 10 bytes into a buffer. */
export function xLogDataInChunk(
  data: Uint8Array,
  walStart: Lsn = lsn(0),
): ChunkXLogData {
  const buffer = new Uint8Array(data.length + 60).fill(0xee);
  const bytes = buffer.subarray(10);
  const start = 20;
  new DataView(bytes.buffer, 10).setBigUint64(start + 1, walStart);
  bytes.set(data, start + 25);
  return new ChunkXLogData({ bytes, start, end: start + 25 + data.length });
}

/** A keepalive of the server. */
export function keepalive(
  walEnd: number,
  replyRequested = false,
): PrimaryKeepaliveMessage {
  return {
    kind: "PrimaryKeepaliveMessage",
    walEnd: lsn(walEnd),
    sendTime: NEVER,
    replyRequested,
  };
}

/** A notice among the messages of CopyBoth. */
export function notice(
  fields: Partial<PostgresErrorFields> = {},
): CopyBothMessage {
  return {
    kind: "NoticeResponse",
    fields: { severity: "WARNING", code: "00000", message: "m", ...fields },
  };
}

/** A Begin message of a transaction that commits at this position; its id is the same number. */
export function begin(
  at: number,
  change: Partial<BeginMessage> = {},
): BeginMessage {
  return {
    kind: "begin",
    walStart: lsn(at),
    finalLsn: lsn(at),
    commitTime: NEVER,
    xid: at,
    ...change,
  };
}

/** The Commit message of that transaction, which takes 8 bytes in the log. */
export function commit(at: number): CommitMessage {
  return {
    kind: "commit",
    walStart: lsn(at + 8),
    flags: 0,
    commitLsn: lsn(at),
    endLsn: lsn(at + 8),
    commitTime: NEVER,
  };
}

/** An Origin message. */
export function origin(name: string): OriginMessage {
  return { kind: "origin", walStart: lsn(0), commitLsn: lsn(0), name };
}

/** A column in a Relation message, of type text by default. */
export function column(
  name: string,
  change: Partial<RelationColumn> = {},
): RelationColumn {
  return { name, typeOid: 25, typeModifier: -1, isKey: false, ...change };
}

/** The OID of the table that {@linkcode relation} describes. */
export const RELATION_OID = 16_400;

/** The description of `public.t`, which has a key. */
export function relation(
  change: Partial<RelationMessage> = {},
): RelationMessage {
  return {
    kind: "relation",
    walStart: lsn(0),
    oid: RELATION_OID,
    schema: "public",
    name: "t",
    replicaIdentity: "default",
    columns: [column("id", { isKey: true })],
    ...change,
  };
}

/** An Insert message for that table. */
export function insert(
  newTuple: TupleData,
  change: Partial<InsertMessage> = {},
): InsertMessage {
  return {
    kind: "insert",
    walStart: lsn(5),
    relationOid: RELATION_OID,
    newTuple,
    ...change,
  };
}

/** A message of `pg_logical_emit_message()`, in a transaction by default. */
export function emitted(
  at: number,
  change: Partial<LogicalMessage> = {},
): LogicalMessage {
  return {
    kind: "message",
    walStart: lsn(0),
    transactional: true,
    lsn: lsn(at),
    prefix: "p",
    content: new Uint8Array(0),
    ...change,
  };
}
