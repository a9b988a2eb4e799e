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
  /** The client's name for the brokers. */
  readonly clientId?: string;
  /** Everything else: `ssl`, `sasl`, `connectionTimeout`, `requestTimeout` and so on. */
  readonly [option: string]: unknown;
}

/** Options for {@linkcode kafka}. */
export interface KafkaOptions {
  /** The brokers, and how to log in. */
  readonly client: ClientOptions;
  /**
   * Creates the records: `jsonRecords()`, `debeziumRecords()`, `cloudEventRecords()` or
   * yours.
   */
  readonly records: RecordMaker;
  /**
   * The maximum size of the records of a change, in bytes: larger ones are rejected before
   * they are sent. Keep it a little below the brokers' `message.max.bytes`, since records are
   * enclosed in a batch.
   *
   * @default {1_000_000}
   */
  readonly maxRecordBytes?: number;
}

/**
 * Sends changes to topics of Kafka, with `acks=all`. The records of a key are in the order of
 * the changes; one batch is in flight at a time.
 *
 * A batch of unknown outcome is sent again: records may be repeated, and after a lost
 * connection an older one may even follow a newer one. Each has its version in the header
 * `walbrook-version`: a consumer that stores the version of each row can drop the rest.
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
    // After each answer, kafkajs 2.2.4 starts a timer of -1 - Date.now() ms (requestQueue,
    // scheduleCheckPendingRequests()). Runtimes wait 1 ms instead, and print a
    // TimeoutNegativeWarning once per process. No option avoids it.
    this.#producer = new Kafka({ logLevel: logLevel.NOTHING, ...client })
      .producer({
        createPartitioner: Partitioners.DefaultPartitioner,
        allowAutoTopicCreation: false,
        // Several at a time could overtake each other when one is repeated.
        maxInFlightRequests: 1,
        // kafkajs looks up moved partitions; deliver() retries the rest.
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

  // Brokers reject a batch as a whole.
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

/** Decides what to do about an error, and ends the delivery if nothing helps. */
function judge(error: unknown): "retry" | "poison" {
  const verdict = verdictOf(error);
  if (verdict !== "end") return verdict;
  throw new DestinationError(
    `Cannot send to Kafka: ${(error as Error).message}`,
    { fatal: true, cause: error },
  );
}

const UTF8 = new TextEncoder();

function byteLength(text: string | null): number {
  if (text === null) return 0;
  // A character has at most three bytes, so a short text always fits.
  return text.length < 65_536 ? text.length : UTF8.encode(text).length;
}
