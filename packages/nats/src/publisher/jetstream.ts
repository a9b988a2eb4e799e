import { Kvm } from "@nats-io/kv";
import type { NatsConnection } from "@nats-io/nats-core";
import { toJson } from "@walbrook/walbrook/encode";
import type { DeliveredEvent, Destination } from "@walbrook/walbrook/sink";
import type { NatsOptions } from "../connect.ts";
import { type ChangeBody, ChangeMessages } from "./change_messages.ts";
import { checkStream, type NewStreamOptions } from "./check_stream.ts";
import { Publisher } from "./publisher.ts";
import { type TableBody, TableMessages } from "./table_messages.ts";

/** Options for {@linkcode jetstream}. */
export interface JetStreamOptions extends NatsOptions {
  /** The stream's name. One publisher writes to it. */
  readonly stream: string;
  /**
   * The prefix of subjects.
   *
   * @default {"cdc"}
   */
  readonly subjectPrefix?: string;
  /**
   * The number of partitions to which keys are hashed, and the maximum number of workers that
   * share the work. It can't be changed later without emptying the stream.
   *
   * @default {8}
   */
  readonly partitions?: number;
  /**
   * Distinguishes this publisher from an earlier one of the stream with another slot.
   *
   * @default {"walbrook"}
   */
  readonly source?: string;
  /**
   * Encodes an event.
   *
   * @default {toJson}
   */
  readonly encode?: (event: DeliveredEvent) => string;
  /**
   * The maximum number of changes of a partition in one message, one line each. With more
   * than 1, the JSON must have the member `version`, as written by `toJson`. This is ten
   * times as fast, but after a crash JetStream does not recognize most repeated messages; the
   * worker does.
   *
   * @default {1}
   */
  readonly rowsPerMessage?: number;
  /**
   * How to create the stream if it is missing: `{}` for a file, and a window of two minutes
   * in which repeated messages are dropped.
   *
   * @default {undefined} a missing stream ends the delivery
   */
  readonly create?: NewStreamOptions;
  /**
   * How long to wait for an acknowledgement before the connection counts as lost, in
   * milliseconds.
   *
   * @default {5_000}
   */
  readonly ackTimeoutMs?: number;
}

/**
 * Publishes changes to a stream of NATS JetStream, in commit order. The subject is
 * `cdc.<partition>.<schema>.<table>.<key>`, and the `Nats-Msg-Id` is the change's version, by
 * which JetStream drops repeated messages within its window.
 *
 * Messages never overtake each other: after a lost connection or a rejection, everything that
 * is not known to be stored is sent again in order, and the stream rejects any message whose
 * predecessor is missing.
 *
 * @example
 * ```ts
 * import { jetstream } from "@walbrook/nats";
 *
 * const destination = jetstream({
 *   connection: { servers: "nats://127.0.0.1:4222" },
 *   stream: "CDC",
 *   create: {},
 * });
 * // deliver(subscription, destination)
 * console.log(destination.name);
 * ```
 *
 * @param options The server and the stream.
 * @returns The destination, for `deliver()`.
 * @throws {RangeError} If a number is out of its range.
 * @throws {TypeError} If a name can't be part of a subject.
 */
export function jetstream(options: JetStreamOptions): Destination<ChangeBody> {
  const {
    stream,
    subjectPrefix: prefix = "cdc",
    partitions = 8,
    source = "walbrook",
    encode = toJson,
    rowsPerMessage = 1,
    create = null,
    ackTimeoutMs = 5_000,
  } = options;
  checkName("stream", stream);
  checkName("source", source);
  for (const part of prefix.split(".")) checkName("subjectPrefix", part);
  checkCount("partitions", partitions);
  checkCount("rowsPerMessage", rowsPerMessage);
  checkCount("ackTimeoutMs", ackTimeoutMs);
  return new Publisher({
    ...options,
    stream,
    ackTimeoutMs,
    name: `jetstream ${stream}`,
    check: (connection) =>
      checkStream(connection, { stream, subjects: `${prefix}.>`, create }),
    maker: new ChangeMessages({
      ...{ prefix, partitions, source, encode, rowsPerMessage },
    }),
  });
}

/** Options for {@linkcode keyValueTable}. */
export interface KeyValueTableOptions extends NatsOptions {
  /** The bucket, which is created if missing. One publisher writes to it. */
  readonly bucket: string;
  /**
   * Encodes the value of a row.
   *
   * @default {toJson} of the change: the row is its member `newRow`
   */
  readonly encode?: (event: DeliveredEvent) => string;
  /**
   * How long to wait for an acknowledgement before the connection counts as lost, in
   * milliseconds.
   *
   * @default {5_000}
   */
  readonly ackTimeoutMs?: number;
}

/**
 * Stores the rows of tables in a key-value bucket of NATS, under `<schema>.<table>.<key>`: a
 * watcher receives all rows first, and then each change.
 *
 * A row whose unchanged large values the server does not send is rejected, unless its table
 * has REPLICA IDENTITY FULL. A truncate removes the entries without notifying watchers.
 *
 * @example
 * ```ts
 * import { keyValueTable } from "@walbrook/nats";
 *
 * const destination = keyValueTable({
 *   connection: { servers: "nats://127.0.0.1:4222" },
 *   bucket: "shop",
 * });
 * // deliver(subscription, destination)
 * console.log(destination.name);
 * ```
 *
 * @param options The server and the bucket.
 * @returns The destination, for `deliver()`.
 * @throws {TypeError} If the bucket's name is invalid.
 */
export function keyValueTable(
  options: KeyValueTableOptions,
): Destination<TableBody> {
  const { bucket, encode = toJson, ackTimeoutMs = 5_000 } = options;
  checkName("bucket", bucket);
  checkCount("ackTimeoutMs", ackTimeoutMs);
  const stream = `KV_${bucket}`;
  return new Publisher({
    ...options,
    stream,
    ackTimeoutMs,
    name: `bucket ${bucket}`,
    check: (connection) => checkBucket(connection, bucket),
    maker: new TableMessages({ bucket, encode }),
  });
}

async function checkBucket(
  connection: NatsConnection,
  bucket: string,
): Promise<void> {
  await new Kvm(connection).create(bucket, { history: 1 });
  const stream = `KV_${bucket}`;
  const subjects = `$KV.${bucket}.>`;
  await checkStream(connection, { stream, subjects, create: null });
}

function checkName(option: string, name: string): void {
  if (/^[\w-]+$/.test(name)) return;
  throw new TypeError(
    `Cannot publish with ${option} ${
      JSON.stringify(name)
    }: expected letters, digits, "_" and "-"`,
  );
}

function checkCount(option: string, value: number): void {
  if (Number.isSafeInteger(value) && value >= 1) return;
  throw new RangeError(
    `Cannot publish with ${option} of ${value}: expected a whole number from 1`,
  );
}
