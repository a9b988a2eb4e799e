/**
 * Decodes the output of PostgreSQL's output plugin `test_decoding`, whatever its source: a
 * replication connection, `pg_recvlogical`, a file, or `pg_logical_slot_get_changes`.
 *
 * @example
 * ```ts
 * import { decodeTestDecodingMessage } from "@walbrook/walbrook/test_decoding";
 * import { assertEquals } from "@std/assert";
 *
 * const bytes = new TextEncoder().encode("table public.item: DELETE: id[integer]:7");
 * const message = decodeTestDecodingMessage(bytes);
 * assertEquals(message.kind === "delete" && message.oldKey, [
 *   { name: "id", type: "integer", value: "7" },
 * ]);
 * ```
 *
 * @module
 */
export { decodeTestDecodingMessage } from "./decode_message.ts";
export type {
  TestDecodingBegin,
  TestDecodingColumn,
  TestDecodingCommit,
  TestDecodingCommitPrepared,
  TestDecodingDelete,
  TestDecodingInsert,
  TestDecodingLogicalMessage,
  TestDecodingMessage,
  TestDecodingMessageBase,
  TestDecodingPrepare,
  TestDecodingRelation,
  TestDecodingRollbackPrepared,
  TestDecodingStreamCommit,
  TestDecodingStreamed,
  TestDecodingStreamMessage,
  TestDecodingStreamPrepare,
  TestDecodingTruncate,
  TestDecodingUpdate,
} from "./message.ts";
export { testDecoding } from "./plugin.ts";
export {
  TestDecodingDecoderStream,
  type TestDecodingInput,
} from "./test_decoding_decoder_stream.ts";
export type {
  OutputPlugin,
  PayloadRole,
  PluginPayload,
  PluginTranslator,
} from "../output_plugin/output_plugin.ts";
export type {
  CatalogColumn,
  CatalogRelation,
  PluginCatalog,
} from "../output_plugin/plugin_catalog.ts";
export type { PgoutputMessage, ReplicaIdentity } from "../pgoutput/message.ts";
// The types and the error that appear in the above, so that this module is self-contained.
export { ProtocolError } from "../errors.ts";
export { UndecodedText } from "../pgoutput/undecoded_text.ts";
export { formatLsn, INVALID_LSN, type Lsn, parseLsn } from "../lsn.ts";
export { toDate, type UnixMicros } from "../timestamp.ts";
export { UNCHANGED } from "../unchanged.ts";
