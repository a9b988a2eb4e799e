import { Kafka, logLevel, Partitioners, type Producer } from "kafkajs";
import {
  type DeliveredEvent,
  type DeliveredKind,
  type Delivery,
  type Destination,
  DestinationError,
  type WriteFailure,
} from "@walbrook/walbrook/sink";
import type { KafkaRecord, RecordMaker } from "./records.ts";
import { verdictOf } from "./verdict.ts";

/**
 * Options of kafkajs for a client. All of its options are passed on; these are the most common
 * ones.
 */
export interface ClientOptions {
  /** Some of the brokers, as `host:port`. */
  readonly brokers: string[];
  /** What brokers call the client. */
  readonly clientId?: string;
  /** Everything else: `ssl`, `sasl`, `connectionTimeout`, `requestTimeout` and so on. */
  readonly [option: string]: unknown;
}

/** Options for {@linkcode kafka}. */
export interface KafkaOptions {
  /** Where the brokers are, and how to log in. */
  readonly client: ClientOptions;
  /** Makes the records: `jsonRecords()`, `debeziumRecords()`, `cloudEventRecords()` or yours. */
  readonly records: RecordMaker;
  /**
   * How many bytes the records of a change may have: more are poison before they are sent. The
   * brokers' `message.max.bytes` is the limit, with a little for what is around a record.
   *
   * @default {1_000_000}
   */
  readonly maxRecordBytes?: number;
}

/**
 * Sends changes to topics of Kafka, with `acks=all`. The records of a key are in the order of
 * the changes; one batch is on its way at a time.
 *
 * A batch of which nothing is known is sent again: records may come twice, and after a lost
 * connection an older one even after a newer one. Each has its version in the header
 * `walbrook-version`: whoever keeps the version of each row drops the rest.
 *
 * @example
 * ```ts
 * import { jsonRecords, kafka } from "@walbrook/kafka";
 *
 * const destination = kafka({
 *   client: { clientId: "shop", brokers: ["127.0.0.1:9092"] },
 *   records: jsonRecords({ topicPrefix: "shop" }),
 * });
 * // deliver(subscription, destination)
 * console.log(destination.name);
 * ```
 *
 * @param options The brokers and the records.
 * @returns The destination, for `deliver()`.
 */
export function kafka(
  options: KafkaOptions,
): Destination<readonly KafkaRecord[]> {
  return new KafkaDestination(options);
}

type Body = readonly KafkaRecord[];

class KafkaDestination implements Destination<Body> {
  readonly name: string;
  readonly order = "all";
  readonly batch = { items: 500 };
  readonly accepts: readonly DeliveredKind[];
  readonly maxDeliveryBytes: number;
  readonly #records: RecordMaker;
  readonly #producer: Producer;

  constructor({ client, records, maxRecordBytes }: KafkaOptions) {
    this.name = `kafka ${client.brokers.join(",")}`;
    this.accepts = records.accepts;
    this.maxDeliveryBytes = maxRecordBytes ?? 1_000_000;
    this.#records = records;
    this.#producer = new Kafka({ logLevel: logLevel.NOTHING, ...client })
      .producer({
        createPartitioner: Partitioners.DefaultPartitioner,
        allowAutoTopicCreation: false,
        // More at a time would overtake each other when one is repeated.
        maxInFlightRequests: 1,
        // It finds out where a partition has gone; for the rest deliver() tries again.
        retry: { retries: 3, initialRetryTime: 100, maxRetryTime: 1_000 },
      });
  }

  async open(): Promise<void> {
    await this.#producer.connect();
  }

  encode(event: DeliveredEvent): Body {
    return this.#records.make(event);
  }

  sizeOf(records: Body): number {
    let bytes = 0;
    for (const { key, value } of records) {
      bytes += byteLength(key) + byteLength(value);
    }
    return bytes;
  }

  async write(
    batch: readonly Delivery<Body>[],
  ): Promise<readonly WriteFailure[]> {
    try {
      await this.#send(batch);
      return [];
    } catch (error) {
      if (judge(error) === "poison") return await this.#findRefused(batch);
      throw error;
    }
  }

  // Brokers refuse a batch as a whole.
  async #findRefused(
    batch: readonly Delivery<Body>[],
  ): Promise<readonly WriteFailure[]> {
    for (let index = 0; index < batch.length; index++) {
      try {
        await this.#send([batch[index]!]);
      } catch (error) {
        return [{ index, error, retryable: judge(error) === "retry" }];
      }
    }
    return [];
  }

  async #send(batch: readonly Delivery<Body>[]): Promise<void> {
    const topics = new Map<string, KafkaRecord[]>();
    for (const { body } of batch) {
      for (const record of body) {
        const records = topics.get(record.topic);
        if (records === undefined) topics.set(record.topic, [record]);
        else records.push(record);
      }
    }
    if (topics.size === 0) return;
    await this.#producer.sendBatch({
      acks: -1,
      topicMessages: [...topics].map(([topic, records]) => ({
        topic,
        messages: records.map(({ key, value, headers }) => ({
          ...{ key, value, headers },
        })),
      })),
    });
  }

  async close(): Promise<void> {
    await this.#producer.disconnect();
  }
}

/** Says what to do about an error, and ends the delivery where nothing helps. */
function judge(error: unknown): "retry" | "poison" {
  const verdict = verdictOf(error);
  if (verdict !== "end") return verdict;
  throw new DestinationError(
    `Cannot send to Kafka: ${(error as Error).message}`,
    { retryable: false, cause: error },
  );
}

const UTF8 = new TextEncoder();

function byteLength(text: string | null): number {
  if (text === null) return 0;
  // A character has at most three bytes: what is short fits anyway.
  return text.length < 65_536 ? text.length : UTF8.encode(text).length;
}
