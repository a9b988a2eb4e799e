/**
 * Sends changes to Apache Kafka and compatible brokers: with keys, in order for each row, as
 * JSON, Debezium's records or CloudEvents.
 *
 * @example
 * ```ts
 * import { debeziumRecords, kafka } from "@walbrook/kafka";
 *
 * const destination = kafka({
 *   client: { clientId: "shop", brokers: ["127.0.0.1:9092"] },
 *   records: debeziumRecords({ topicPrefix: "shop", database: "shop" }),
 * });
 * console.log(destination.name);
 * ```
 *
 * @module
 */
export { type ClientOptions, kafka, type KafkaOptions } from "./src/kafka.ts";
export {
  cloudEventRecords,
  type CloudEventRecordsOptions,
  debeziumRecords,
  jsonRecords,
  type JsonRecordsOptions,
  type KafkaRecord,
  type RecordMaker,
} from "./src/records.ts";
