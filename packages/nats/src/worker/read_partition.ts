import {
  type Consumer,
  jetstream,
  jetstreamManager,
  type JsMsg,
} from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/nats-core";
import { PREVIOUS, SOURCE, VERSION } from "../publisher/change_messages.ts";
import type { PartitionMessage } from "./select_new.ts";

/** Options for a {@linkcode PartitionReader}. */
export interface PartitionReaderOptions {
  /** The connection. */
  readonly connection: NatsConnection;
  /** The stream's name. */
  readonly stream: string;
  /** The partition's subjects. */
  readonly subjects: string;
  /** The maximum number of messages to process together. */
  readonly maxMessages: number;
  /** Ends the reading. */
  readonly signal: AbortSignal;
}

const EXPIRES_MS = 2_000;
const INACTIVE_NS = 60e9;

/**
 * Reads a partition without acknowledging anything: its position is stored by the target.
 */
export class PartitionReader {
  readonly #options: PartitionReaderOptions;

  constructor(options: PartitionReaderOptions) {
    this.#options = options;
  }

  /** Returns when the stream was created. */
  async created(): Promise<string> {
    const { connection, stream } = this.#options;
    const { streams } = await jetstreamManager(connection);
    return (await streams.info(stream)).created;
  }

  /**
   * Reads messages, in batches as they arrive, until the signal is aborted.
   *
   * @param after The sequence number before the first one.
   * @param take Processes messages, in order.
   * @throws If a message was lost in transit, or the server is unreachable.
   */
  async read(
    after: number,
    take: (messages: readonly PartitionMessage[]) => Promise<void>,
  ): Promise<void> {
    const { signal } = this.#options;
    const consumer = await this.#open(after);
    let received = 0;
    try {
      while (!signal.aborted) {
        const before = received;
        received = await this.#fetch(consumer, received, take);
        // A restarted server has discarded the consumer.
        if (received === before) await consumer.info();
      }
    } finally {
      await consumer.delete().catch(() => {});
    }
  }

  async #open(after: number): Promise<Consumer> {
    const { connection, stream, subjects } = this.#options;
    const { consumers } = await jetstreamManager(connection);
    const { name } = await consumers.add(stream, {
      ack_policy: "none",
      deliver_policy: "by_start_sequence",
      opt_start_seq: after + 1,
      filter_subject: subjects,
      inactive_threshold: INACTIVE_NS,
      mem_storage: true,
    });
    return await jetstream(connection).consumers.get(stream, name);
  }

  async #fetch(
    consumer: Consumer,
    before: number,
    take: (messages: readonly PartitionMessage[]) => Promise<void>,
  ): Promise<number> {
    const { maxMessages: max_messages, signal } = this.#options;
    const messages = await consumer.fetch({
      max_messages,
      expires: EXPIRES_MS,
    });
    const stop = () => messages.stop();
    signal.addEventListener("abort", stop, { once: true });
    if (signal.aborted) stop();
    let received = before;
    let group: PartitionMessage[] = [];
    try {
      for await (const message of messages) {
        if (message.info.deliverySequence !== received + 1) {
          throw new Error(
            `Cannot read on: message ${
              received + 1
            } of the consumer was lost on its way`,
          );
        }
        received++;
        group.push(read(message));
        if (messages.getPending() > 0) continue;
        await take(group);
        group = [];
      }
    } finally {
      signal.removeEventListener("abort", stop);
      stop();
    }
    if (group.length > 0 && !signal.aborted) await take(group);
    return received;
  }
}

function read(message: JsMsg): PartitionMessage {
  const { headers, seq: sequence, subject } = message;
  return {
    sequence,
    source: headers?.get(SOURCE) ?? "",
    version: headers?.get(VERSION) ?? "",
    previous: headers?.get(PREVIOUS) || null,
    hasRows: subject.endsWith(".rows"),
    text: message.string(),
  };
}
