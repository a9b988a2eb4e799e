import type { KeyColumns } from "./row_key.ts";

/** Options for a {@linkcode DebeziumEncoder}. */
export interface DebeziumOptions {
  /** The prefix of topics, and the name of the source: Debezium's `topic.prefix`. */
  readonly topicPrefix: string;
  /** The database's name, for `source.db`. */
  readonly database: string;
  /**
   * Whether each delete is followed by a record with the key and no value, so that a
   * compacted topic discards the row: Debezium's `tombstones.on.delete`.
   *
   * @default {true}
   */
  readonly tombstones?: boolean;
  /**
   * Whether to write records for the beginning and the end of each transaction, and to number
   * the changes within it: Debezium's `provide.transaction.metadata`.
   *
   * @default {false}
   */
  readonly transactionMetadata?: boolean;
  /**
   * The columns that identify a row, by the table's name, for tables without a key:
   * Debezium's `message.key.columns`.
   *
   * @default {{}}
   */
  readonly keys?: KeyColumns;
  /**
   * The placeholder for a value that the server did not send because it did not change:
   * Debezium's `unavailable.value.placeholder`. A text column may contain the same text.
   *
   * @default {"__debezium_unavailable_value"}
   */
  readonly unavailableValue?: string;
  /**
   * Returns the current time, in milliseconds since 1970-01-01 UTC, for `ts_ms`.
   *
   * @default {Date.now}
   */
  readonly now?: () => number;
}

/** A record of a topic. */
export interface DebeziumRecord {
  /**
   * Its id: the change's {@linkcode version}, with `.0`, `.1` or `.2` if a change creates
   * several records. A tombstone and a transaction boundary have one, too.
   */
  readonly id: string;
  /** The topic. */
  readonly topic: string;
  /** The key as JSON; `null` if the row has none. */
  readonly key: string | null;
  /** The value as JSON; `null` for a tombstone. */
  readonly value: string | null;
  /** The headers: for the two halves of an update that changed the key, the other key. */
  readonly headers: Readonly<Record<string, string>>;
}
