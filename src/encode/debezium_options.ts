import type { KeyColumns } from "./row_key.ts";

/** Options for a {@linkcode DebeziumEncoder}. */
export interface DebeziumOptions {
  /** What topics begin with, and the name of the source: `topic.prefix` there. */
  readonly topicPrefix: string;
  /** The database's name, for `source.db`. */
  readonly database: string;
  /**
   * Whether a record with the key and no value follows each delete, so that a compacted
   * topic forgets the row: `tombstones.on.delete` there.
   *
   * @default {true}
   */
  readonly tombstones?: boolean;
  /**
   * Whether the beginning and the end of each transaction are records, too, and each
   * change says which one of its transaction it is: `provide.transaction.metadata` there.
   *
   * @default {false}
   */
  readonly transactionMetadata?: boolean;
  /**
   * The columns that tell a row, by the table's name, for tables that have no key: `message.key.columns` there.
   *
   * @default {{}}
   */
  readonly keys?: KeyColumns;
  /**
   * What stands for a value that the server did not send, since it did not change:
   * `unavailable.value.placeholder` there. A text column may hold the same text.
   *
   * @default {"__debezium_unavailable_value"}
   */
  readonly unavailableValue?: string;
  /**
   * Tells the time, in milliseconds since 1970-01-01 UTC, for `ts_ms`.
   *
   * @default {Date.now}
   */
  readonly now?: () => number;
}

/** A record of a topic. */
export interface DebeziumRecord {
  /**
   * What identifies it: the change's {@linkcode version}, with `.0`, `.1` or `.2` where a
   * change makes several records. A tombstone and a transaction's boundary have one, too.
   */
  readonly id: string;
  /** The topic. */
  readonly topic: string;
  /** The key as JSON; `null` where the row has none. */
  readonly key: string | null;
  /** The value as JSON; `null` for a tombstone. */
  readonly value: string | null;
  /** The headers: of the two halves of an update that changed the key, the other's key. */
  readonly headers: Readonly<Record<string, string>>;
}
