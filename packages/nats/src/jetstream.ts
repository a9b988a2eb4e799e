import { Kvm } from "@nats-io/kv";
import type { NatsConnection } from "@nats-io/nats-core";
import { toJson } from "@walbrook/walbrook/encode";
import type { DeliveredEvent, Destination } from "@walbrook/walbrook/sink";
import type { NatsOptions } from "./connect.ts";
import {
  type ChangeBody,
  ChangeMessages,
} from "./publisher/change_messages.ts";
import {
  checkStream,
  type NewStreamOptions,
} from "./publisher/check_stream.ts";
import { Publisher } from "./publisher/publisher.ts";
import { type TableBody, TableMessages } from "./publisher/table_messages.ts";

/** Options for {@linkcode jetstream}. */
export interface JetStreamOptions extends NatsOptions {
  /** The stream's name. One publisher writes to it. */
  readonly stream: string;
  /** What subjects begin with. @default {"cdc"} */
  readonly subjectPrefix?: string;
  /**
   * How many partitions the keys are hashed to: as many workers can share the work. It can't
   * be changed later without emptying the stream.
   *
   * @default {8}
   */
  readonly partitions?: number;
  /**
   * What tells this publisher from one that fed the stream before it, from another slot.
   *
   * @default {"walbrook"}
   */
  readonly source?: string;
  /**
   * Writes an event.
   *
   * @default {toJson}
   */
  readonly encode?: (event: DeliveredEvent) => string;
  /**
   * How many changes of a partition go into one message, a line each, at the most. Then
   * JSON has to have the member `version`, as `toJson` writes it. It is ten times as fast, but
   * after a crash JetStream can't tell most messages that it has: the worker does.
   *
   * @default {1}
   */
  readonly rowsPerMessage?: number;
  /**
   * How to make the stream if it is missing: `{}` for a file with a window of two minutes,
   * in which messages that are sent again are dropped.
   *
   * @default {undefined} a missing stream ends the delivery
   */
  readonly create?: NewStreamOptions;
  /**
   * How long to wait for an answer before the connection counts as lost, in milliseconds.
   *
   * @default {5_000}
   */
  readonly ackTimeoutMs?: number;
}

/**
 * Publishes changes to a stream of NATS JetStream, in the order of the commits: subject
 * `cdc.<partition>.<schema>.<table>.<key>`, with the change's version for `Nats-Msg-Id`, by
 * which JetStream drops what is sent again within its window.
 *
 * Nothing overtakes: after a lost connection or a refusal everything that is not known to be
 * stored is sent again, in order, and the stream refuses whatever comes behind a message that
 * it does not have.
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
  /** The bucket. It is made, if it is missing. One publisher writes to it. */
  readonly bucket: string;
  /**
   * Writes the value of a row.
   *
   * @default {toJson} of the change: the row is its member `newRow`
   */
  readonly encode?: (event: DeliveredEvent) => string;
  /**
   * How long to wait for an answer before the connection counts as lost, in milliseconds.
   *
   * @default {5_000}
   */
  readonly ackTimeoutMs?: number;
}

/**
 * Keeps the rows of tables in a key-value bucket of NATS, under `<schema>.<table>.<key>`: who
 * watches it has all rows first, and then each change.
 *
 * A row whose unchanged large values the server does not send is refused, unless its table
 * has REPLICA IDENTITY FULL. A truncate removes the entries without telling those who watch.
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
 * @throws {TypeError} If the bucket's name is none.
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
