/**
 * Decodes the output of the output plugin `wal2json`, whatever its source: a replication
 * connection, `pg_recvlogical`, a file, or `pg_logical_slot_get_changes`.
 *
 * @example
 * ```ts
 * import { decodeWal2jsonMessage } from "@walbrook/walbrook/wal2json";
 * import { assertEquals } from "@std/assert";
 *
 * const message = decodeWal2jsonMessage(new TextEncoder().encode(
 *   '{"action":"T","schema":"public","table":"item"}',
 * ));
 * assertEquals(message.kind === "truncate" && message.relation, {
 *   schema: "public",
 *   name: "item",
 * });
 * ```
 *
 * @module
 */
export { decodeWal2jsonMessage } from "./decode_message.ts";
export type {
  Wal2jsonBegin,
  Wal2jsonChange,
  Wal2jsonColumn,
  Wal2jsonCommit,
  Wal2jsonDelete,
  Wal2jsonInsert,
  Wal2jsonKeyColumn,
  Wal2jsonLogicalMessage,
  Wal2jsonMessage,
  Wal2jsonMessageBase,
  Wal2jsonRelation,
  Wal2jsonTransaction,
  Wal2jsonTruncate,
  Wal2jsonUpdate,
} from "./message.ts";
export { wal2json } from "./plugin.ts";
export {
  Wal2jsonDecoderStream,
  type Wal2jsonDecoderStreamOptions,
  type Wal2jsonInput,
} from "./wal2json_decoder_stream.ts";
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
