/**
 * Decodes the output of PostgreSQL's output plugin `pgoutput`, whatever its source: a
 * replication connection, `pg_recvlogical`, a file, or `pg_logical_slot_get_binary_changes`.
 *
 * @example
 * ```ts
 * import { decodePgoutputMessage } from "@walbrook/walbrook/pgoutput";
 * import { assertEquals } from "@std/assert";
 *
 * // Insert into relation 16385: 7, and a NULL.
 * const message = decodePgoutputMessage(Uint8Array.from(
 *   [0x49, 0, 0, 0x40, 1, 0x4e, 0, 2, 0x74, 0, 0, 0, 1, 0x37, 0x6e],
 * ));
 * assertEquals(message.kind === "insert" && message.newTuple, ["7", null]);
 * ```
 *
 * @module
 */
export {
  decodePgoutputMessage,
  type DecodePgoutputOptions,
} from "./decode_message.ts";
export type {
  BeginMessage,
  BeginPrepareMessage,
  CommitMessage,
  CommitPreparedMessage,
  DeleteMessage,
  InsertMessage,
  LogicalMessage,
  OriginMessage,
  PgoutputMessage,
  PrepareMessage,
  RelationColumn,
  RelationMessage,
  ReplicaIdentity,
  RollbackPreparedMessage,
  TruncateMessage,
  TypeMessage,
  UpdateMessage,
} from "./message.ts";
export type {
  PgoutputMessageBase,
  StreamableMessageBase,
} from "./message_base.ts";
export {
  PgoutputDecoderStream,
  type PgoutputInput,
} from "./pgoutput_decoder_stream.ts";
export { type PgoutputOptions } from "./pgoutput_options.ts";
export { pgoutputOptions } from "./start_options.ts";
export type {
  StreamAbortMessage,
  StreamCommitMessage,
  StreamPrepareMessage,
  StreamStartMessage,
  StreamStopMessage,
} from "./stream_message.ts";
export { type TupleData, type TupleValue, UNCHANGED } from "./tuple.ts";
export { UndecodedText } from "./undecoded_text.ts";
// The types and the error that appear in the above, so that this module is self-contained.
export { ProtocolError } from "../errors.ts";
export { formatLsn, INVALID_LSN, type Lsn, parseLsn } from "../lsn.ts";
export { toDate, type UnixMicros } from "../timestamp.ts";
