import { JsonText } from "../encode/json_text.ts";
import { planOf } from "../encode/relation_plan.ts";
import type { ReplicationEvent } from "../events/event.ts";
import type { InsertEvent } from "../events/row_event.ts";
import type { Relation, Row } from "../events/relation.ts";
import { cachedRelation, mapRelationEvent } from "./map_relation.ts";
import { isRowEvent } from "../events/row_change.ts";
import { StageStream } from "./stage.ts";
import { sqlTableName } from "./sql_table_name.ts";

/**
 * A message of an outbox.
 *
 * @typeParam Payloads The payload of each type of message.
 */
export type OutboxMessage<Payloads> = {
  [Type in keyof Payloads & string]: {
    /** Identifies the message: a UUID. */
    readonly id: string;
    /** The kind of aggregate: `order`. */
    readonly aggregateType: string;
    /** Its id. Messages of one aggregate are in order. */
    readonly aggregateId: string;
    /** What happened: `order.placed`. */
    readonly type: Type;
    /** The payload. */
    readonly payload: Payloads[Type];
  };
}[keyof Payloads & string];

/**
 * A message to insert into an outbox.
 *
 * @typeParam Payloads The payload of each type of message.
 */
export type NewOutboxMessage<Payloads> = OutboxMessage<Payloads> extends
  infer Message
  ? Message extends { readonly id: string }
    ? Omit<Message, "id"> & { readonly id?: string }
  : never
  : never;

/** Runs SQL: a client or a pool of `pg`, or something similar. */
export interface OutboxClient {
  /** Runs a statement with parameters `$1`, `$2` … */
  query(text: string, values: unknown[]): Promise<unknown>;
}

/** Options for {@linkcode outbox}. */
export interface OutboxOptions {
  /**
   * The table, with its schema.
   *
   * @default {"public.outbox"}
   */
  readonly table?: string;
}

/**
 * An outbox: a table into which a program inserts messages, in the same transaction as the
 * data that they are about, so that neither exists without the other.
 *
 * @typeParam Payloads The payload of each type of message.
 */
export interface Outbox<Payloads> {
  /** The SQL that creates the table. */
  readonly createTable: string;
  /**
   * Inserts a message. Call it within the transaction that the message is about. The row may
   * be deleted immediately, in the same transaction: the insert is in the stream
   * nevertheless.
   *
   * @param client Runs the transaction.
   * @param message The message; an `id` is generated if it has none.
   * @returns The id.
   */
  insert(
    client: OutboxClient,
    message: NewOutboxMessage<Payloads>,
  ): Promise<string>;
  /**
   * Creates the stage that passes only messages, with the aggregate as their key: `deliver()`
   * keeps the messages of one aggregate in order.
   *
   * @returns The stage.
   */
  stage(): StageStream;
  /**
   * Reads a message.
   *
   * @param event An event, before or after the stage.
   * @returns The message; `null` if the event is not one.
   */
  receive(event: ReplicationEvent): OutboxMessage<Payloads> | null;
}

/**
 * Describes an outbox, with the column names of Debezium's outbox event router.
 *
 * @typeParam Payloads The payload of each type of message.
 *
 * @example
 * ```ts
 * import { outbox } from "@walbrook/walbrook/stages";
 *
 * interface Payloads {
 *   "order.placed": { readonly total: string };
 *   "order.paid": { readonly by: string };
 * }
 * const orders = outbox<Payloads>({ table: "public.outbox" });
 * // deliver(subscription, destination, { stages: [orders.stage()] })
 * console.log(orders.createTable);
 * ```
 *
 * @param options The table.
 * @returns The outbox.
 */
export function outbox<Payloads = Record<string, unknown>>(
  { table = "public.outbox" }: OutboxOptions = {},
): Outbox<Payloads> {
  const name = sqlTableName(table);
  const isMessage = (event: ReplicationEvent): event is InsertEvent =>
    event.kind === "insert" && planOf(event.relation).table === table;
  return {
    createTable: `CREATE TABLE IF NOT EXISTS ${name} (
  id uuid PRIMARY KEY,
  aggregatetype text NOT NULL,
  aggregateid text NOT NULL,
  type text NOT NULL,
  payload jsonb NOT NULL
)`,
    async insert(client, message) {
      const { id = crypto.randomUUID(), aggregateType, aggregateId } = message;
      const { type, payload } = message as NewOutboxMessage<
        Record<string, unknown>
      >;
      await client.query(
        `INSERT INTO ${name} (id, aggregatetype, aggregateid, type, payload) VALUES ($1, $2, $3, $4, $5::text::jsonb)`,
        [
          ...[id, aggregateType, aggregateId, type],
          JSON.stringify(payload),
        ],
      );
      return id;
    },
    stage: () => outboxStage(isMessage),
    receive: (event) =>
      isMessage(event)
        ? readMessage(event.newRow) as OutboxMessage<Payloads>
        : null,
  };
}

function outboxStage(
  isMessage: (event: ReplicationEvent) => event is InsertEvent,
): StageStream {
  const byAggregate = cachedRelation(keyedByAggregate);
  return new StageStream((event) => {
    if (isMessage(event)) {
      const { aggregatetype, aggregateid } = event.newRow;
      return {
        ...event,
        relation: byAggregate(event.relation),
        key: { aggregatetype, aggregateid },
      };
    }
    if (event.kind === "relation") return mapRelationEvent(event, byAggregate);
    const isOther = isRowEvent(event) || event.kind === "truncate" ||
      (event.kind === "message" && event.transaction !== null);
    return isOther ? null : event;
  });
}

function keyedByAggregate(relation: Relation): Relation {
  const names = new Set(["aggregatetype", "aggregateid"]);
  if (![...names].every((name) => hasColumn(relation, name))) return relation;
  const columns = relation.columns.map((column) => ({
    ...column,
    isKey: names.has(column.name),
  }));
  return { ...relation, replicaIdentity: "index", columns };
}

function hasColumn({ columns }: Relation, wanted: string): boolean {
  return columns.some(({ name }) => name === wanted);
}

function readMessage(row: Row): Record<string, unknown> {
  const { id, aggregatetype, aggregateid, type, payload } = row;
  return {
    id,
    aggregateType: aggregatetype,
    aggregateId: aggregateid,
    type,
    payload: payload instanceof JsonText ? JSON.parse(payload.text) : payload,
  };
}
