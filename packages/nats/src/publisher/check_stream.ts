import {
  type JetStreamManager,
  jetstreamManager,
  type StreamConfig,
  type StreamInfo,
} from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/nats-core";
import { DestinationError } from "@walbrook/walbrook/sink";

/** How to create a stream: options of JetStream, under its names. */
export interface NewStreamOptions {
  /**
   * Where to store messages.
   *
   * @default {"file"}
   */
  readonly storage?: "file" | "memory";
  /**
   * The number of servers that store them.
   *
   * @default {1}
   */
  readonly num_replicas?: number;
  /**
   * How long to keep messages, in nanoseconds; 0 for no limit.
   *
   * @default {0}
   */
  readonly max_age?: number;
  /**
   * How many messages to keep; -1 for no limit.
   *
   * @default {-1}
   */
  readonly max_msgs?: number;
  /**
   * How many bytes to keep; -1 for no limit.
   *
   * @default {-1}
   */
  readonly max_bytes?: number;
  /**
   * The maximum size of a message, in bytes; -1 for the server's limit.
   *
   * @default {-1}
   */
  readonly max_msg_size?: number;
  /**
   * What a full stream drops: the oldest messages, or new ones.
   *
   * @default {"old"}
   */
  readonly discard?: "old" | "new";
  /**
   * How long repeated messages are recognized, in nanoseconds.
   *
   * @default {120e9} two minutes
   */
  readonly duplicate_window?: number;
}

/** The requirements for a stream. */
export interface StreamWish {
  /** Its name. */
  readonly stream: string;
  /** The subjects that it must cover: `cdc.>`. */
  readonly subjects: string;
  /** How to create it if it is missing; `null` to fail instead. */
  readonly create: NewStreamOptions | null;
}

const STREAM_NOT_FOUND = 10059;

/**
 * Checks the stream before the first change: that it exists, accepts the subjects,
 * acknowledges messages, and drops repeated ones.
 *
 * @throws {DestinationError} If it does not.
 */
export async function checkStream(
  connection: NatsConnection,
  wish: StreamWish,
): Promise<void> {
  const manager = await jetstreamManager(connection);
  const info = await find(manager, wish);
  const problem = problemOf(info.config, wish);
  if (problem !== null) throw final(problem);
}

async function find(
  manager: JetStreamManager,
  { stream, subjects, create }: StreamWish,
): Promise<StreamInfo> {
  try {
    return await manager.streams.info(stream);
  } catch (error) {
    const { code } = error as { readonly code?: number };
    if (code !== STREAM_NOT_FOUND) throw error;
    if (create === null) {
      throw final(
        `Cannot publish to stream "${stream}", which does not exist: make it with the subjects ${subjects}, or pass "create"`,
        error,
      );
    }
    return await manager.streams.add({
      ...{ storage: "file", duplicate_window: 120e9, ...create },
      ...{ name: stream, subjects: [subjects] },
    });
  }
}

/** Describes what a stream lacks; `null` if nothing. */
export function problemOf(
  config: Pick<
    StreamConfig,
    "subjects" | "no_ack" | "sealed" | "duplicate_window"
  >,
  { stream, subjects }: Pick<StreamWish, "stream" | "subjects">,
): string | null {
  const says = `Cannot publish to stream "${stream}":`;
  if (!config.subjects.some((pattern) => covers(pattern, subjects))) {
    return `${says} it takes ${
      config.subjects.join(", ") || "no subject"
    }, and not ${subjects}; add it to the stream's subjects`;
  }
  if (config.sealed) return `${says} it is sealed; take another one`;
  if (config.no_ack) {
    return `${says} it does not acknowledge messages; set its no_ack to false`;
  }
  return null;
}

// Whether every subject of the second pattern matches the first one.
function covers(pattern: string, wanted: string): boolean {
  const has = pattern.split(".");
  const wants = wanted.split(".");
  for (let i = 0;; i++) {
    if (has[i] === ">") return i < wants.length;
    if (has[i] === undefined) return wants[i] === undefined;
    if (wants[i] === undefined || wants[i] === ">") return false;
    if (has[i] !== "*" && has[i] !== wants[i]) return false;
  }
}

/** Creates an error that ends the delivery. */
export function final(message: string, cause?: unknown): DestinationError {
  return new DestinationError(message, { fatal: true, cause });
}
