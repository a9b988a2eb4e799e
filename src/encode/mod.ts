/**
 * Encoders for changes: JSON lines, Debezium's records, CloudEvents, server-sent events; and
 * the identities of a change and of its row.
 *
 * @example
 * ```ts
 * import { subscribe } from "@walbrook/walbrook";
 * import { keyOf, keyText, toJson, version } from "@walbrook/walbrook/encode";
 * import { fakeServer } from "@walbrook/walbrook/testing";
 * import { assert, assertEquals } from "@std/assert";
 *
 * using server = fakeServer({
 *   publication: "shop",
 *   tables: {
 *     "public.orders": { columns: { id: "bigint" }, primaryKey: "id" },
 *   },
 * });
 * await using subscription = await subscribe({
 *   ...server.options,
 *   slot: { name: "search_indexer", create: true },
 *   publication: "shop",
 * });
 * server.insert("public.orders", { id: 17n });
 *
 * for await (const event of subscription) {
 *   if (event.kind !== "insert") continue;
 *   assertEquals(keyOf(event), { id: 17n });
 *   assertEquals(keyText(event), "public.orders/17");
 *   assert(/^[0-9a-f]{16}-00000000$/.test(version(event)));
 *   assertEquals(JSON.parse(toJson(event)).newRow, { id: "17" });
 *   break;
 * }
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
