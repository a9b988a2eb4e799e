/**
 * Publishes changes to NATS JetStream, and applies them with workers that share the work: in
 * order for each row, on one machine or many.
 *
 * @example
 * ```ts
 * import { jetstream } from "@walbrook/nats";
 *
 * const destination = jetstream({
 *   connection: { servers: "nats://127.0.0.1:4222" },
 *   stream: "CDC",
 * });
 * console.log(destination.name);
 * ```
 *
 * @module
 */
export type {
  Connect,
  NatsConnectOptions,
  NatsOptions,
} from "./src/connect.ts";
export {
  jetstream,
  type JetStreamOptions,
  keyValueTable,
  type KeyValueTableOptions,
} from "./src/publisher/jetstream.ts";
export type { NewStreamOptions } from "./src/publisher/check_stream.ts";
export type { ChangeBody } from "./src/publisher/change_messages.ts";
export type { TableBody } from "./src/publisher/table_messages.ts";
export { partitionOf } from "./src/subjects.ts";
export {
  postgresPartitions,
  type WriteChanges,
} from "./src/worker/postgres_partitions.ts";
export type {
  PartitionId,
  PartitionPosition,
  PartitionTarget,
  PartitionWork,
  ReceivedChange,
} from "./src/worker/target.ts";
export {
  consumePartitions,
  PartitionWorker,
  type WorkerOptions,
  type WorkerReport,
} from "./src/worker/worker.ts";
