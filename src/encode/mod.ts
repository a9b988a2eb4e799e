/**
 * Encoders for changes: JSON lines, Debezium's records, CloudEvents, server-sent events; and
 * the identities of a change and of its row.
 *
 * @example
 * ```ts
 * import { keyText, version, type RowEvent } from "@walbrook/walbrook/encode";
 *
 * function describe(event: RowEvent): string {
 *   return `${keyText(event)} at ${version(event)}`;
 * }
 * console.log(describe.name);
 * ```
 *
 * @module
 */
export { type CloudEventOptions, toCloudEvent } from "./cloud_event.ts";
export { DebeziumEncoder } from "./debezium.ts";
export type { DebeziumOptions, DebeziumRecord } from "./debezium_options.ts";
export { JSON_AS_TEXT, JsonText } from "./json_text.ts";
export { keyText } from "./key_text.ts";
export { NdjsonStream, toNdjson } from "./ndjson.ts";
export {
  type KeyColumns,
  keyOf,
  type KeyOptions,
  previousKeyOf,
  type RowEvent,
} from "./row_key.ts";
export {
  type EncodableTransaction,
  ServerSentEventStream,
  toServerSentEvent,
} from "./server_sent_event.ts";
export { deserializeEvent, serializeEvent } from "./tagged_json.ts";
export { toJson } from "./to_json.ts";
export { version, type VersionedEvent, type VersionSource } from "./version.ts";
