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
export { toDate, type UnixMicros } from "./src/timestamp.ts";
export { subscribe } from "./src/subscribe.ts";
export type { ConnectionOptions } from "./src/connection/connection_options.ts";
export type { SubscribeOptions } from "./src/subscription/subscribe_options.ts";
export type { Subscription } from "./src/subscription/views/subscription.ts";
export {
  type Acknowledger,
  AcknowledgeStream,
} from "./src/subscription/views/acknowledge_stream.ts";
export type {
  Checkpoint,
  CheckpointStore,
} from "./src/preflight/checkpoint.ts";
export type {
  AcknowledgeableEvent,
  BeginEvent,
  CommitEvent,
  LogicalMessageEvent,
  RelationEvent,
  ReplicationEvent,
  TruncateEvent,
} from "./src/events/event.ts";
export type {
  DeleteEvent,
  InsertEvent,
  UpdateEvent,
} from "./src/events/row_event.ts";
export type { GapEvent } from "./src/events/gap.ts";
export type { Column, Relation, Row } from "./src/events/relation.ts";
export type { RelationChange } from "./src/events/relation_change.ts";
export { isRowChange, type RowChangeEvent } from "./src/events/row_change.ts";
export type {
  ChunkEvent,
  ReadEvent,
  SnapshotBeginEvent,
  SnapshotEndEvent,
} from "./src/events/snapshot_event.ts";
export { tableName } from "./src/events/table_name.ts";
export type { TransactionInfo } from "./src/events/transaction_info.ts";
export type {
  BeginPrepareEvent,
  CommitPreparedEvent,
  PrepareEvent,
  RollbackPreparedEvent,
} from "./src/events/two_phase_event.ts";
export type {
  ChangeEvent,
  WholeTransaction,
} from "./src/subscription/views/transaction.ts";
export { UNCHANGED } from "./src/unchanged.ts";
export { asDate } from "./src/values/as_date.ts";
export { asNumber } from "./src/values/as_number.ts";
export {
  asInstant,
  asPlainDate,
  asPlainDateTime,
  asPlainTime,
} from "./src/values/as_temporal.ts";
export { asText } from "./src/values/codec/as_text.ts";
