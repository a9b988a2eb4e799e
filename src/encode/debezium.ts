import type {
  LogicalMessageEvent,
  ReplicationEvent,
  TruncateEvent,
} from "../events/event.ts";
import type { UpdateEvent } from "../events/row_event.ts";
import type { Relation, Row } from "../events/relation.ts";
import type { TransactionInfo } from "../events/transaction_info.ts";
import type { Lsn } from "../lsn.ts";
import { base64 } from "./base64.ts";
import type { DebeziumOptions, DebeziumRecord } from "./debezium_options.ts";
import {
  type DebeziumPlan,
  makeDebeziumPlan,
  rowValue,
  topicName,
} from "./debezium_plan.ts";
import { positionDigits } from "./fixed_digits.ts";
import { quoteText } from "./json_text.ts";
import { keyOf, previousKeyOf, type RowEvent } from "./row_key.ts";
import { TransactionOrder } from "./debezium_transaction.ts";
import { version, type VersionedEvent } from "./version.ts";

const NO_HEADERS: Readonly<Record<string, string>> = {};

/**
 * Converts changes to the JSON of Debezium's PostgreSQL connector, for consumers that
 * understand it: without schemas (`schemas.enable=false`), with exact numbers
 * (`decimal.handling.mode=string`) and exact intervals (`interval.handling.mode=string`).
 *
 * Differences from Debezium: `source` has `commit_lsn`, which orders transactions; composite
 * values are the text of a JSON object; points, and the infinities of `date` and
 * `timestamptz`, are PostgreSQL's text. There is no Kafka Connect schema and no Avro. One
 * encoder serves one stream, in order, since it counts the changes within transactions.
 *
 * Source: "Debezium connector for PostgreSQL".
 *
 * @example
 * ```ts
 * import { subscribe } from "@walbrook/walbrook";
 * import { DebeziumEncoder } from "@walbrook/walbrook/encode";
 * import { fakeServer } from "@walbrook/walbrook/testing";
 * import { assertEquals } from "@std/assert";
 *
 * using server = fakeServer({
 *   publication: "shop",
 *   tables: {
 *     "public.orders": {
 *       columns: { id: "bigint", total: "numeric(10,2)" },
 *       primaryKey: "id",
 *     },
 *   },
 * });
 * await using subscription = await subscribe({
 *   ...server.options,
 *   slot: { name: "debezium", create: true },
 *   publication: "shop",
 * });
 * server.insert("public.orders", { id: 17n, total: "9.90" });
 *
 * const encoder = new DebeziumEncoder({ topicPrefix: "shop", database: "shop" });
 * for await (const event of subscription) {
 *   const [record] = encoder.encode(event);
 *   if (record === undefined) continue;
 *   assertEquals(record.topic, "shop.public.orders");
 *   assertEquals(record.key, '{"id":17}');
 *   const { op, after } = JSON.parse(record.value ?? "{}");
 *   assertEquals({ op, after }, { op: "c", after: { id: 17, total: "9.90" } });
 *   break;
 * }
 * ```
 */
export class DebeziumEncoder {
  readonly #options: DebeziumOptions;
  readonly #unavailable: string;
  readonly #database: string;
  readonly #tombstones: boolean;
  readonly #order: TransactionOrder | null;
  readonly #now: () => number;
  readonly #plans = new WeakMap<Relation, DebeziumPlan>();
  #lastCommit: Lsn | null = null;
  // The common members of the changes of one transaction.
  #transaction: TransactionInfo | null | undefined;
  #sourceHead = "";
  #sequenceHead = "";
  #sourceTail = "";

  /**
   * Creates an encoder.
   *
   * @param options Names, and which records to write besides changes.
   */
  constructor(options: DebeziumOptions) {
    this.#options = options;
    this.#unavailable = options.unavailableValue ??
      "__debezium_unavailable_value";
    this.#database = quoteText(options.database);
    this.#tombstones = options.tombstones ?? true;
    this.#order = options.transactionMetadata ? new TransactionOrder() : null;
    this.#now = options.now ?? Date.now;
  }

  /**
   * Converts an event to records.
   *
   * @param event The next event of the stream.
   * @returns None for an event without a record; several for a delete, for an update that
   * changed the key, and for a truncate of several tables.
   */
  encode(event: ReplicationEvent): DebeziumRecord[] {
    switch (event.kind) {
      case "begin":
        return this.#boundary("BEGIN", event.transaction);
      case "commit": {
        const records = this.#boundary("END", event.transaction);
        this.#lastCommit = event.transaction.commitLsn;
        return records;
      }
      case "insert":
      case "read":
      case "update":
      case "delete":
        return this.#change(event);
      case "truncate":
        return this.#truncate(event);
      case "message":
        return [this.#message(event)];
      default:
        return [];
    }
  }

  #change(event: RowEvent): DebeziumRecord[] {
    const plan = this.#planOf(event.relation);
    const key = rowValue(keyOf(event, this.#options), plan);
    const { topic } = plan;
    const id = version(event);
    switch (event.kind) {
      case "insert":
      case "read": {
        const op = event.kind === "read" ? "r" : "c";
        const value = this.#value(event, plan, op, "null", event.newRow);
        return [{ id, topic, key, value, headers: NO_HEADERS }];
      }
      case "update": {
        const previous = previousKeyOf(event, this.#options);
        if (previous !== null) return this.#moved(event, plan, previous, key);
        const before = rowValue(event.oldRow ?? event.key, plan) ?? "null";
        const value = this.#value(event, plan, "u", before, event.newRow);
        return [{ id, topic, key, value, headers: NO_HEADERS }];
      }
      case "delete": {
        const before = rowValue(event.oldRow ?? event.key, plan) ?? "null";
        const value = this.#value(event, plan, "d", before, null);
        const record = { id, topic, key, value, headers: NO_HEADERS };
        if (key === null || !this.#tombstones) return [record];
        return [{ ...record, id: `${id}.0` }, {
          ...record,
          id: `${id}.1`,
          value: null,
        }];
      }
    }
  }

  // "Primary key updates": the row with the old key is deleted, and created with the new one.
  #moved(
    event: UpdateEvent,
    plan: DebeziumPlan,
    previous: Row,
    key: string | null,
  ): DebeziumRecord[] {
    const id = version(event);
    const { topic } = plan;
    const oldKey = rowValue(previous, plan)!;
    const before = rowValue(event.oldRow, plan) ?? oldKey;
    const gone = {
      id: `${id}.0`,
      topic,
      key: oldKey,
      value: this.#value(event, plan, "d", before, null),
      headers: { "__debezium.newkey": key ?? "null" },
    };
    const tombstone = {
      ...gone,
      id: `${id}.1`,
      value: null,
      headers: NO_HEADERS,
    };
    const created = {
      id: `${id}.2`,
      topic,
      key,
      value: this.#value(event, plan, "c", "null", event.newRow),
      headers: { "__debezium.oldkey": oldKey },
    };
    return this.#tombstones ? [gone, tombstone, created] : [gone, created];
  }

  #value(
    event: RowEvent,
    plan: DebeziumPlan,
    op: "c" | "u" | "d" | "r",
    before: string,
    after: Row | null,
  ): string {
    return `{"before":${before},"after":${rowValue(after, plan) ?? "null"},${
      this.#source(event, plan.sourceTable)
    },"op":"${op}",${this.#times()},${this.#place(event, plan.table)}}`;
  }

  #truncate(event: TruncateEvent): DebeziumRecord[] {
    const id = version(event);
    return event.relations.map((relation, i, { length }) => {
      const { topic, table, sourceTable } = this.#planOf(relation);
      return {
        id: length > 1 ? `${id}.${i}` : id,
        topic,
        key: null,
        value: `{${
          this.#source(event, sourceTable)
        },"op":"t",${this.#times()},${this.#place(event, table)}}`,
        headers: NO_HEADERS,
      };
    });
  }

  #message(event: LogicalMessageEvent): DebeziumRecord {
    const prefix = quoteText(event.prefix);
    return {
      id: version(event),
      topic: `${topicName(this.#options.topicPrefix)}.message`,
      key: `{"prefix":${prefix}}`,
      value: `{${
        this.#source(event, '"schema":"","table":""')
      },"op":"m",${this.#times()},"message":{"prefix":${prefix},"content":"${
        base64(event.content)
      }"}}`,
      headers: NO_HEADERS,
    };
  }

  #planOf(relation: Relation): DebeziumPlan {
    let plan = this.#plans.get(relation);
    if (plan === undefined) {
      plan = makeDebeziumPlan(relation, {
        topicPrefix: this.#options.topicPrefix,
        unavailable: this.#unavailable,
      });
      this.#plans.set(relation, plan);
    }
    return plan;
  }

  #source(event: VersionedEvent, table: string): string {
    if (event.transaction !== this.#transaction) {
      this.#enter(event.transaction);
    }
    const lsn = `${event.lsn}`;
    return `${this.#sourceHead}"snapshot":"${
      event.kind === "read"
    }","db":${this.#database},"sequence":"[${this.#sequenceHead}\\"${lsn}\\"]",${table}${this.#sourceTail},"lsn":${lsn},"xmin":null}`;
  }

  #enter(transaction: TransactionInfo | null): void {
    this.#transaction = transaction;
    const micros = transaction?.commitTime ?? BigInt(this.#now()) * 1000n;
    this.#sourceHead =
      `"source":{"version":"walbrook","connector":"postgresql","name":${
        quoteText(this.#options.topicPrefix)
      },"ts_ms":${micros / 1000n},"ts_us":${micros},"ts_ns":${micros * 1000n},`;
    this.#sequenceHead = this.#lastCommit === null
      ? "null,"
      : `\\"${this.#lastCommit}\\",`;
    this.#sourceTail = transaction === null
      ? ""
      : `,"txId":${transaction.xid},"commit_lsn":${transaction.commitLsn}`;
  }

  #times(): string {
    const millis = this.#now();
    return `"ts_ms":${millis},"ts_us":${millis}000,"ts_ns":${millis}000000`;
  }

  #place({ transaction }: VersionedEvent, table: string): string {
    if (this.#order === null || transaction === null) {
      return '"transaction":null';
    }
    return this.#order.next(transaction, table);
  }

  #boundary(
    status: "BEGIN" | "END",
    transaction: TransactionInfo,
  ): DebeziumRecord[] {
    if (this.#order === null) return [];
    const value = this.#order.boundary(status, transaction);
    const index = status === "BEGIN" ? "" : "ffffffff";
    return [{
      id: `${positionDigits(transaction.commitLsn)}-${index}`,
      topic: `${topicName(this.#options.topicPrefix)}.transaction`,
      key: this.#order.key(transaction),
      value,
      headers: NO_HEADERS,
    }];
  }
}
