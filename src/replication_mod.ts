/**
 * The replication protocol: a method for each walsender command, the stream of CopyData
 * messages, and each stage between bytes and messages as a separate `TransformStream`.
 *
 * @example
 * ```ts ignore
 * import { connect } from "@walbrook/walbrook/replication";
 *
 * await using connection = await connect("postgres://app@localhost/shop");
 * const { systemId, timeline, xlogPos } = await connection.identifySystem();
 * ```
 *
 * @module
 */
export { connect, type ConnectOptions } from "./connect.ts";
export type {
  OutputPlugin,
  PayloadRole,
  PluginPayload,
  PluginTranslator,
} from "./output_plugin/output_plugin.ts";
export type {
  CatalogColumn,
  CatalogRelation,
  PluginCatalog,
} from "./output_plugin/plugin_catalog.ts";
export type {
  BaseBackup,
  BaseBackupMessage,
  BaseBackupOptions,
  Tablespace,
} from "./replication/base_backup.ts";
export type {
  AlterSlotOptions,
  CreateSlotOptions,
  LogicalSlotOptions,
  PhysicalSlotOptions,
  SnapshotAction,
} from "./replication/commands.ts";
export { CopyBothDecoderStream } from "./replication/copy_both_decoder_stream.ts";
export {
  type CopyBothMessage,
  decodeCopyBothPayload,
  type PrimaryKeepaliveMessage,
  type ReplicationNotice,
  type XLogData,
} from "./replication/copy_both_message.ts";
export type { SystemIdentification } from "./replication/identify_system.ts";
export type {
  PhysicalSlot,
  ReplicationConnection,
} from "./replication/replication_connection.ts";
export type {
  CreatedSlot,
  DropSlotOptions,
  TimelineHistory,
} from "./replication/run_commands.ts";
export type {
  NextTimeline,
  ReplicationStream,
} from "./replication/replication_stream.ts";
export {
  encodeStandbyStatusUpdate,
  type StandbyStatusUpdate,
} from "./replication/standby_status_update.ts";
export type {
  StartLogicalOptions,
  StartPhysicalOptions,
  StartReplicationOptions,
} from "./replication/start_replication.ts";
export type { CommandOptions } from "./session/session.ts";
export type { QueryResult } from "./session/simple_query.ts";
export { describeTypes } from "./catalog/describe_types.ts";
export type { FieldDescription } from "./wire/backend_message.ts";
export type { Frame } from "./wire/frame.ts";
export {
  FrameDecoderStream,
  type FrameDecoderStreamOptions,
} from "./wire/frame_decoder_stream.ts";
export type { PostgresErrorFields } from "./errors.ts";
export type {
  ChannelBinding,
  Password,
  PasswordRequest,
} from "./connection/connection_options.ts";
export type { SslMode } from "./connection/ssl_mode.ts";
export type { TargetSessionAttrs } from "./connection/target_session_attrs.ts";
