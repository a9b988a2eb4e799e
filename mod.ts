/**
 * PostgreSQL's changes as a stream: the write-ahead log, decoded, on Web Streams alone.
 *
 * @example
 * ```ts ignore
 * import { subscribe } from "@walbrook/walbrook";
 *
 * await using subscription = await subscribe({
 *   connection: "postgres://app@localhost/shop",
 *   slot: { name: "search_indexer", create: true },
 *   publication: "shop",
 * });
 * for await (const event of subscription) {
 *   if (event.kind === "insert") console.log(event.relation.name, event.newRow);
 * }
 * ```
 *
 * @module
 */
export { connect, type ConnectOptions } from "./src/connect.ts";
export {
  AuthenticationError,
  ConnectionError,
  PostgresError,
  type PostgresErrorFields,
  ProtocolError,
  SubscriptionError,
  type SubscriptionErrorReason,
} from "./src/errors.ts";
export * as SQLSTATE from "./src/sqlstate.ts";
export {
  formatLsn,
  INVALID_LSN,
  type Lsn,
  parseLsn,
  toLsn,
} from "./src/lsn.ts";
export type {
  OutputPlugin,
  PayloadRole,
  PluginPayload,
  PluginTranslator,
} from "./src/output_plugin/output_plugin.ts";
export type {
  CatalogColumn,
  CatalogRelation,
  PluginCatalog,
} from "./src/output_plugin/plugin_catalog.ts";
export {
  decodePgoutputMessage,
  type DecodePgoutputOptions,
} from "./src/pgoutput/decode_message.ts";
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
} from "./src/pgoutput/message.ts";
export type {
  PgoutputMessageBase,
  StreamableMessageBase,
} from "./src/pgoutput/message_base.ts";
export {
  PgoutputDecoderStream,
  type PgoutputInput,
} from "./src/pgoutput/pgoutput_decoder_stream.ts";
export { type PgoutputOptions } from "./src/pgoutput/pgoutput_options.ts";
export { pgoutputOptions } from "./src/pgoutput/start_options.ts";
export type {
  StreamAbortMessage,
  StreamCommitMessage,
  StreamPrepareMessage,
  StreamStartMessage,
  StreamStopMessage,
} from "./src/pgoutput/stream_message.ts";
export {
  type TupleData,
  type TupleValue,
  UNCHANGED,
} from "./src/pgoutput/tuple.ts";
export type {
  BaseBackup,
  BaseBackupMessage,
  BaseBackupOptions,
  Tablespace,
} from "./src/replication/base_backup.ts";
export type {
  AlterSlotOptions,
  CreateSlotOptions,
  LogicalSlotOptions,
  PhysicalSlotOptions,
  SnapshotAction,
} from "./src/replication/commands.ts";
export { CopyBothDecoderStream } from "./src/replication/copy_both_decoder_stream.ts";
export {
  type CopyBothMessage,
  decodeCopyBothPayload,
  type PrimaryKeepaliveMessage,
  type ReplicationNotice,
  type XLogData,
} from "./src/replication/copy_both_message.ts";
export type { SystemIdentification } from "./src/replication/identify_system.ts";
export type {
  CreatedSlot,
  PhysicalSlot,
  ReplicationConnection,
  TimelineHistory,
} from "./src/replication/replication_connection.ts";
export type {
  NextTimeline,
  ReplicationStream,
} from "./src/replication/replication_stream.ts";
export {
  encodeStandbyStatusUpdate,
  type StandbyStatusUpdate,
} from "./src/replication/standby_status_update.ts";
export type {
  StartLogicalOptions,
  StartPhysicalOptions,
  StartReplicationOptions,
} from "./src/replication/start_replication.ts";
export type {
  ChannelBinding,
  ConnectionOptions,
  Password,
  PasswordRequest,
} from "./src/connection/connection_options.ts";
export type { CommandOptions } from "./src/session/session.ts";
export type { TargetSessionAttrs } from "./src/connection/target_session_attrs.ts";
export type { QueryResult } from "./src/session/simple_query.ts";
export type { SslMode } from "./src/connection/ssl_mode.ts";
export type {
  ClientCertificate,
  DecodeText,
  Dial,
  DialOptions,
  Environment,
  FileDescription,
  OpenTemporaryFile,
  Socket,
  SocketAddress,
  TemporaryFile,
  TlsOptions,
  TlsVersion,
} from "./src/socket/socket.ts";
export { subscribe } from "./src/subscribe.ts";
export type {
  Checkpoint,
  CheckpointStore,
  SystemIdentity,
} from "./src/preflight/checkpoint.ts";
export type {
  AcknowledgeableEvent,
  BeginEvent,
  CommitEvent,
  DeleteEvent,
  InsertEvent,
  LogicalMessageEvent,
  RelationEvent,
  ReplicationEvent,
  TruncateEvent,
  UpdateEvent,
} from "./src/events/event.ts";
export type { Column, Relation, Row } from "./src/events/relation.ts";
export type {
  InTransaction,
  TransactionInfo,
} from "./src/events/transaction_info.ts";
export { describeTypes } from "./src/catalog/describe_types.ts";
export type { Gap, GapEvent, OnGap } from "./src/events/gap.ts";
export type { RelationChange } from "./src/events/relation_change.ts";
export type { RetryOptions } from "./src/subscription/retry.ts";
export type { SubscriptionStatus } from "./src/subscription/views/status.ts";
export type { BadValue, OnBadValue } from "./src/rows/row_decoder.ts";
export type { SlotOptions } from "./src/preflight/slot_options.ts";
export type {
  StreamingOptions,
  SubscribeOptions,
} from "./src/subscription/subscribe_options.ts";
export {
  type Acknowledger,
  AcknowledgeStream,
} from "./src/subscription/views/acknowledge_stream.ts";
export type {
  ChangeEvent,
  TransactionsOptions,
  WholeTransaction,
} from "./src/subscription/views/transaction.ts";
export type { Subscription } from "./src/subscription/views/subscription.ts";
export type { SubscriptionProgress } from "./src/subscription/views/subscription_source.ts";
export type {
  BeginPrepareEvent,
  CommitPreparedEvent,
  PreparedOutcome,
  PrepareEvent,
  RollbackPreparedEvent,
} from "./src/events/two_phase_event.ts";
export type {
  OnWarning,
  SubscriptionWarning,
  WarningCode,
} from "./src/warning.ts";
export { toDate, type UnixMicros } from "./src/timestamp.ts";
export { asDate } from "./src/values/as_date.ts";
export { asNumber } from "./src/values/as_number.ts";
export {
  asInstant,
  asPlainDate,
  asPlainDateTime,
  asPlainTime,
} from "./src/values/as_temporal.ts";
export { asText } from "./src/values/codec/as_text.ts";
export type { FormatParsers, ValueParsers } from "./src/values/own_parsers.ts";
export { textParser } from "./src/values/parse_text.ts";
export type { RangeValue } from "./src/values/range.ts";
export type { TextParser } from "./src/values/codec/text_parser.ts";
export type {
  ArrayType,
  Attribute,
  BaseType,
  CompositeType,
  DomainType,
  EnumType,
  MultirangeType,
  NamedType,
  RangeType,
  TypeDescription,
} from "./src/values/type_description.ts";
export type { TypeName } from "./src/values/type_name.ts";
export { ARRAY_TYPE_OID, TYPE_OID } from "./src/values/type_oid.ts";
export type { ValueCodec } from "./src/values/codec/value_codec.ts";
export {
  createValueCodec,
  createValueParser,
  type CreateValueParserOptions,
  type ValueCodecFinder,
  type ValueParser,
} from "./src/values/value_parser.ts";
export type { FieldDescription } from "./src/wire/backend_message.ts";
export type { Frame } from "./src/wire/frame.ts";
export {
  FrameDecoderStream,
  type FrameDecoderStreamOptions,
} from "./src/wire/frame_decoder_stream.ts";
