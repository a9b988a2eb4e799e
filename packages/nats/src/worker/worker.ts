import type { NatsConnection } from "@nats-io/nats-core";
import { type NatsOptions, openConnection } from "../connect.ts";
import { Leases } from "./leases.ts";
import { PartitionReader } from "./read_partition.ts";
import {
  type MissingChanges,
  type PartitionMessage,
  selectNew,
} from "./select_new.ts";
import type { PartitionPosition, PartitionTarget } from "./target.ts";

/** Options for {@linkcode consumePartitions}. */
export interface WorkerOptions extends NatsOptions {
  /** The stream's name. */
  readonly stream: string;
  /** The target that applies changes and stores positions. */
  readonly target: PartitionTarget;
  /**
   * The prefix of subjects, as set for the publisher.
   *
   * @default {"cdc"}
   */
  readonly subjectPrefix?: string;
  /**
   * The number of partitions, as set for the publisher.
   *
   * @default {8}
   */
  readonly partitions?: number;
  /**
   * The worker's name, which must be unique among the workers of the stream.
   *
   * @default {undefined} a random one
   */
  readonly name?: string;
  /**
   * The bucket of the leases, which is created.
   *
   * @default {undefined} `<stream>_leases`
   */
  readonly bucket?: string;
  /**
   * How long a partition stays with a worker that no longer responds, in milliseconds.
   *
   * @default {10_000}
   */
  readonly leaseMs?: number;
  /**
   * The maximum number of messages to apply together. A message with many rows counts once:
   * with `rowsPerMessage: 100`, pass 20 or so.
   *
   * @default {500}
   */
  readonly maxMessages?: number;
  /**
   * What to do if the stream lacks changes because its limits dropped them before they were
   * applied: `"error"` stops the partition there and reports it to `onError`.
   *
   * @default {"error"}
   */
  readonly gaps?: "error" | "continue";
  /**
   * Called with failures before a retry: a target or a server that is down.
   *
   * @default {undefined}
   */
  readonly onError?: (error: unknown, partition: number | null) => void;
}

/** The state of a worker. */
export interface WorkerReport {
  /** Its name. */
  readonly name: string;
  /** Its partitions. */
  readonly partitions: readonly number[];
  /** The number of changes that it has applied. */
  readonly applied: number;
  /** The number of received changes that were applied before. */
  readonly repeated: number;
  /** The number of failures. */
  readonly errors: number;
}

/**
 * Processes the partitions of a stream that `jetstream()` publishes, together with all
 * workers of the same stream: each has its share of the partitions, and takes over those of a
 * worker that is gone.
 *
 * Nothing is acknowledged to JetStream. The target stores the position with the rows in one
 * transaction, and compares it before advancing it. So a change takes effect once, even if a
 * worker that was presumed dead resumes.
 *
 * @example
 * ```ts ignore
 * import { consumePartitions, postgresPartitions } from "@walbrook/nats";
 * import pg from "pg";
 *
 * const pool = new pg.Pool({ connectionString: "postgres://app@localhost/copy" });
 * await using worker = consumePartitions({
 *   connection: { servers: "nats://127.0.0.1:4222" },
 *   stream: "CDC",
 *   target: postgresPartitions(pool, async (client, changes) => {
 *     for (const { text } of changes) {
 *       const { newRow } = JSON.parse(text);
 *       await client.query("SELECT put_order($1)", [newRow]);
 *     }
 *   }),
 * });
 * console.log(worker.report());
 * ```
 *
 * @param options The stream and the target.
 * @returns The running worker.
 * @throws {RangeError} If a number is out of its range.
 * @throws {TypeError} If a name can't be part of a key.
 */
export function consumePartitions(options: WorkerOptions): PartitionWorker {
  const {
    name = crypto.randomUUID(),
    partitions = 8,
    leaseMs = 10_000,
    maxMessages = 500,
    bucket = `${options.stream}_leases`,
  } = options;
  for (const part of [name, bucket, options.stream]) {
    if (/^[\w-]+$/.test(part)) continue;
    throw new TypeError(
      `Cannot work under the name ${
        JSON.stringify(part)
      }: expected letters, digits, "_" and "-"`,
    );
  }
  for (const [option, value] of Object.entries({ partitions, maxMessages })) {
    if (Number.isSafeInteger(value) && value >= 1) continue;
    throw new RangeError(
      `Cannot work with ${option} of ${value}: expected a whole number from 1`,
    );
  }
  if (!(leaseMs >= 1_000)) {
    throw new RangeError(
      `Cannot work with leaseMs of ${leaseMs}: expected at least 1,000`,
    );
  }
  return new PartitionWorker({
    ...options,
    ...{ name, partitions, leaseMs, maxMessages, bucket },
  });
}

type Settings =
  & WorkerOptions
  & Required<
    Pick<
      WorkerOptions,
      "name" | "partitions" | "leaseMs" | "maxMessages" | "bucket"
    >
  >;

/**
 * A running worker. Created by {@linkcode consumePartitions}.
 *
 * @example
 * ```ts
 * import type { PartitionWorker } from "@walbrook/nats";
 *
 * async function runUntil(signal: AbortSignal, worker: PartitionWorker): Promise<void> {
 *   const log = setInterval(() => console.log(worker.report()), 10_000);
 *   await new Promise((resolve) => signal.addEventListener("abort", resolve));
 *   clearInterval(log);
 *   await worker.close(); // its partitions go to the other workers
 * }
 * console.log(runUntil.name);
 * ```
 */
export class PartitionWorker implements AsyncDisposable {
  readonly #options: Settings;
  readonly #leases: Leases;
  readonly #abort = new AbortController();
  readonly #tasks = new Map<
    number,
    { readonly abort: AbortController; readonly done: Promise<void> }
  >();
  readonly #figures = { applied: 0, repeated: 0, errors: 0 };
  readonly #done: Promise<void>;
  #connection: NatsConnection | null = null;

  /**
   * Created by {@linkcode consumePartitions}.
   *
   * @param options The stream and the target.
   * @ignore
   */
  constructor(options: Settings) {
    this.#options = options;
    const { name: worker, partitions, leaseMs, bucket } = options;
    this.#leases = new Leases({
      ...{ bucket, worker, partitions, leaseMs },
      onTaken: (partition) => this.#begin(partition),
      onLost: (partition) => this.#end(partition),
    });
    this.#done = this.#run();
  }

  /** Returns its current state. */
  report(): WorkerReport {
    const { name } = this.#options;
    return { name, partitions: this.#leases.held, ...this.#figures };
  }

  /** Ends the work, and releases the partitions. Safe to call repeatedly. */
  async close(): Promise<void> {
    this.#abort.abort();
    await this.#done;
  }

  /** Closes the worker: {@linkcode PartitionWorker.close} for `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #run(): Promise<void> {
    const { signal } = this.#abort;
    while (!signal.aborted) {
      try {
        this.#connection ??= await openConnection(this.#options, {
          maxReconnectAttempts: -1,
          reconnectTimeWait: 200,
        });
        await this.#leases.turn(this.#connection);
      } catch (error) {
        this.#note(error, null);
      }
      await pause(this.#options.leaseMs / 5, signal);
    }
    // If the server is unreachable, the leases expire.
    if (this.#connection !== null && !this.#connection.isClosed()) {
      const over = new AbortController();
      await Promise.race([
        this.#leases.close(),
        pause(this.#options.leaseMs, over.signal),
      ]);
      over.abort();
    }
    for (const partition of [...this.#tasks.keys()]) await this.#end(partition);
    await this.#connection?.close();
  }

  #note(error: unknown, partition: number | null): void {
    this.#figures.errors++;
    this.#options.onError?.(error, partition);
  }

  #begin(partition: number): void {
    const abort = new AbortController();
    const done = this.#work(partition, abort.signal);
    this.#tasks.set(partition, { abort, done });
  }

  async #end(partition: number): Promise<void> {
    const task = this.#tasks.get(partition);
    this.#tasks.delete(partition);
    task?.abort.abort();
    await task?.done;
  }

  async #work(partition: number, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        await this.#apply(partition, signal);
      } catch (error) {
        if (signal.aborted) return;
        this.#note(error, partition);
        await pause(RETRY_MS, signal);
      }
    }
  }

  async #apply(partition: number, signal: AbortSignal): Promise<void> {
    const { stream, target, subjectPrefix = "cdc", maxMessages } =
      this.#options;
    const reader = new PartitionReader({
      connection: this.#connection!,
      ...{ stream, maxMessages, signal },
      subjects: `${subjectPrefix}.${partition}.>`,
    });
    const created = await reader.created();
    const kept = await target.load({ stream, partition });
    let position: PartitionPosition = {
      created,
      sequence: kept?.created === created ? kept.sequence : 0,
      versions: kept?.versions ?? {},
    };
    let from = kept ?? { ...position, sequence: 0 };
    await reader.read(position.sequence, async (messages) => {
      const to = await this.#take(partition, messages, from, position);
      position = to;
      from = to;
    });
  }

  async #take(
    partition: number,
    messages: readonly PartitionMessage[],
    from: PartitionPosition,
    position: PartitionPosition,
  ): Promise<PartitionPosition> {
    const { stream, target, gaps = "error" } = this.#options;
    const { changes, to, repeated, missing } = selectNew(messages, position);
    if (missing !== null && gaps === "error") throw gapError(stream, missing);
    const work = { stream, partition, from, to, changes };
    if (!await target.apply(work)) {
      throw new Error(
        `Cannot apply partition ${partition} of stream "${stream}": another worker has moved its position on`,
      );
    }
    this.#figures.applied += changes.length;
    this.#figures.repeated += repeated;
    return to;
  }
}

const RETRY_MS = 250;

function gapError(stream: string, missing: MissingChanges): Error {
  const { source, after, last } = missing;
  return new Error(
    `Cannot continue: stream "${stream}" lacks the changes of ${source} after ${after}, up to ${last}; its limits deleted them before they were applied; copy the tables again, or pass gaps: "continue"`,
  );
}

// Waits, but no longer than until the signal is aborted.
function pause(
  milliseconds: number,
  signal: AbortSignal,
): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const timer = setTimeout(end, milliseconds);
    function end(): void {
      clearTimeout(timer);
      signal.removeEventListener("abort", end);
      resolve();
    }
    signal.addEventListener("abort", end);
  });
}
