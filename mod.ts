/**
 * PostgreSQL's changes as a stream: the decoded write-ahead log, on Web Streams alone.
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
export {
  AuthenticationError,
  CheckpointConflictError,
  ConnectionError,
  errorType,
  PostgresError,
  type PostgresErrorFields,
  ProtocolError,
  SubscriptionError,
  type SubscriptionErrorReason,
  TemporaryFileError,
} from "./src/errors.ts";
export { isRetryable } from "./src/retryable.ts";
export * as SQLSTATE from "./src/sqlstate.ts";
export {
  formatLsn,
  INVALID_LSN,
  type Lsn,
  parseLsn,
  toLsn,
} from "./src/lsn.ts";
export { UNCHANGED } from "./src/unchanged.ts";
export type {
  ConnectionOptions,
  Password,
} from "./src/connection/connection_options.ts";
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
export {
  type EventOf,
  isUnlistedTable,
  type TypedChunkEvent,
  type TypedDeleteEvent,
  type TypedEvent,
  type TypedInsertEvent,
  type TypedKey,
  type TypedReadEvent,
  type TypedRelationEvent,
  type TypedRowEvent,
  type TypedSnapshotBeginEvent,
  type TypedSnapshotEndEvent,
  type TypedUpdateEvent,
  type UnlistedTable,
  type UpdatedRow,
  type WholeRow,
} from "./src/events/typed_event.ts";
export type {
  AnyTables,
  KeyColumnsOf,
  RowOf,
  TableNames,
  ToastedColumnsOf,
  TypedTable,
  TypedTableParts,
} from "./src/events/typed_table.ts";
export type {
  BinaryOption,
  NoOtherParsers,
  OptionsFor,
  ParsedTypeName,
  TypedOptions,
  TypedTables,
  TypesOption,
} from "./src/subscription/typed_options.ts";
export { isRowChange, type RowChangeEvent } from "./src/events/row_change.ts";
export type { Column, Relation, Row } from "./src/events/relation.ts";
export { type TableIdentity, tableName } from "./src/events/table_name.ts";
export type {
  InTransaction,
  TransactionInfo,
} from "./src/events/transaction_info.ts";
export type { Gap, GapEvent, OnGap } from "./src/events/gap.ts";
export type {
  ChunkEvent,
  OutsideTransaction,
  ReadEvent,
  SnapshotBeginEvent,
  SnapshotEndEvent,
  SnapshotReason,
} from "./src/events/snapshot_event.ts";
export type {
  SnapshotOptions,
  SnapshotTable,
} from "./src/snapshot/snapshot_options.ts";
export type {
  OnSnapshotProgress,
  SnapshotPace,
  SnapshotProgress,
  SnapshotWait,
} from "./src/snapshot/progress/snapshot_progress.ts";
export type {
  CopiedVersion,
  SnapshotState,
  TableProgress,
} from "./src/snapshot/progress/snapshot_state.ts";
export type {
  ColumnDescription,
  TableDescription,
} from "./src/snapshot/table_description.ts";
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
export type {
  PastError,
  SubscriptionProgress,
} from "./src/subscription/progress/subscription_progress.ts";
export type {
  SlotDropOptions,
  SlotGuardOptions,
  SlotRisk,
  SlotRiskReason,
} from "./src/subscription/guard/slot_guard_options.ts";
export type { SlotState } from "./src/subscription/progress/slot_state.ts";
export type {
  EventCount,
  ReasonCount,
  SubscriptionCounts,
} from "./src/subscription/progress/tally.ts";
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
export type { TypeParsers } from "./src/values/own_parsers.ts";
export type { RangeValue } from "./src/values/range.ts";
