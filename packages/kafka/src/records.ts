import type { ReplicationEvent } from "@walbrook/walbrook";
import {
  type CloudEventOptions,
  DebeziumEncoder,
  type DebeziumOptions,
  keyText,
  type RowEvent,
  toCloudEvent,
  toJson,
  version,
} from "@walbrook/walbrook/encode";
import type { DeliveredEvent, DeliveredKind } from "@walbrook/walbrook/sink";

/** A record of a topic. */
export interface KafkaRecord {
  /** The topic. */
  readonly topic: string;
  /** The key, which determines the partition; `null` for none. */
  readonly key: string | null;
  /** The value; `null` for a tombstone. */
  readonly value: string | null;
  /** The headers. */
  readonly headers: Readonly<Record<string, string>>;
}

/** Creates records from events. */
export interface RecordMaker {
  /** The kinds of events that it needs. */
  readonly accepts: readonly DeliveredKind[];
  /** Creates the records of the next event of the stream. There may be none. */
  make(event: DeliveredEvent): readonly KafkaRecord[];
}

const CHANGES: readonly DeliveredKind[] = [
  ...["insert", "update", "delete", "read", "truncate", "message"] as const,
];

/** The header with a record's version. */
const VERSION = "walbrook-version";

/** Options for {@linkcode jsonRecords}. */
export interface JsonRecordsOptions {
  /** The prefix of topics: `<prefix>.<schema>.<table>`. */
  readonly topicPrefix: string;
  /**
   * Whether each delete is followed by a record with the key and no value, so that a
   * compacted topic discards the row.
   *
   * @default {true}
   */
  readonly tombstones?: boolean;
}

/**
 * Creates records with the JSON of `toJson()`, the key in the format of `keyText()`, and the
 * version in the header `walbrook-version`.
 *
 * @example
 * ```ts
 * import { jsonRecords } from "@walbrook/kafka";
 *
 * console.log(jsonRecords({ topicPrefix: "shop" }).accepts);
 * ```
 *
 * @param options The names of topics.
 * @returns The function for the option `records` of {@linkcode kafka}.
 */
export function jsonRecords(options: JsonRecordsOptions): RecordMaker {
  const headers = { "content-type": "application/json" };
  return plain(options, headers, toJson);
}

/** Options for {@linkcode cloudEventRecords}. */
export interface CloudEventRecordsOptions
  extends JsonRecordsOptions, CloudEventOptions {}

/**
 * Creates records with CloudEvents in structured mode.
 *
 * Source: "Kafka Protocol Binding for CloudEvents - Version 1.0.2".
 *
 * @example
 * ```ts
 * import { cloudEventRecords } from "@walbrook/kafka";
 *
 * const source = "postgres://shop/main";
 * console.log(cloudEventRecords({ topicPrefix: "shop", source }).accepts);
 * ```
 *
 * @param options The names of topics, and the source.
 * @returns The function for the option `records` of {@linkcode kafka}.
 */
export function cloudEventRecords(
  options: CloudEventRecordsOptions,
): RecordMaker {
  const headers = {
    "content-type": "application/cloudevents+json",
  };
  return plain(options, headers, (event) => toCloudEvent(event, options));
}

/**
 * Creates the records of Debezium's PostgreSQL connector: its topics, keys, values,
 * tombstones, and the two halves of an update that changed the key.
 *
 * @example
 * ```ts
 * import { debeziumRecords } from "@walbrook/kafka";
 *
 * const options = { topicPrefix: "shop", database: "shop" };
 * console.log(debeziumRecords(options).accepts);
 * ```
 *
 * @param options As for `DebeziumEncoder`.
 * @returns The function for the option `records` of {@linkcode kafka}.
 */
export function debeziumRecords(options: DebeziumOptions): RecordMaker {
  const encoder = new DebeziumEncoder(options);
  return {
    accepts: [...CHANGES, "begin", "commit"],
    make: (event) =>
      encoder.encode(event).map(({ id, topic, key, value, headers }) => ({
        ...{ topic, key, value },
        headers: { ...headers, [VERSION]: id },
      })),
  };
}

function plain(
  { topicPrefix, tombstones = true }: JsonRecordsOptions,
  base: Readonly<Record<string, string>>,
  encode: (event: ReplicationEvent) => string | null,
): RecordMaker {
  const topicOf = (schema: string, name: string) =>
    topicName(`${topicPrefix}.${schema}.${name}`);
  return {
    accepts: CHANGES,
    make(event) {
      const value = encode(event);
      if (value === null || !isChange(event)) return [];
      const headers = { ...base, [VERSION]: version(event) };
      if (event.kind === "message") {
        const topic = topicName(`${topicPrefix}.message`);
        return [{ topic, key: event.prefix, value, headers }];
      }
      if (event.kind === "truncate") {
        return event.relations.map(({ schema, name }) => ({
          ...{ topic: topicOf(schema, name), key: null, value, headers },
        }));
      }
      const { schema, name } = event.relation;
      const topic = topicOf(schema, name);
      const key = keyText(event);
      const record = { topic, key, value, headers };
      const gone = tombstones ? tombstoneKey(event) : null;
      return gone === null
        ? [record]
        : [record, { ...record, key: gone, value: null }];
    },
  };
}

function isChange(
  event: DeliveredEvent,
): event is Parameters<typeof version>[0] & DeliveredEvent {
  return CHANGES.includes(event.kind);
}

// The key of the removed row: that of a deleted row, or the old one of a moved row.
function tombstoneKey(event: RowEvent): string | null {
  if (event.kind === "delete") return keyText(event);
  if (event.kind !== "update") return null;
  const before = event.oldRow ?? event.key;
  if (before === null) return null;
  const key = keyText({ ...event, kind: "delete", oldRow: null, key: before });
  return key === keyText(event) ? null : key;
}

// Source: Apache Kafka, Topic.java: the legal characters of a topic's name.
function topicName(name: string): string {
  return name.replaceAll(/[^\w.-]/g, "_");
}
