import type { AcknowledgeableEvent } from "../../events/event.ts";
import type { Checkpoint, SystemIdentity } from "../../preflight/checkpoint.ts";
import type { BatchOptions } from "./batch_options.ts";
import type { Gap } from "../../events/gap.ts";
import type { DeliveredEvent, DeliveredKind } from "./deliverable.ts";

/**
 * One event on its way to a destination.
 *
 * @typeParam Body The result of the destination's `encode`.
 */
export interface Delivery<Body = unknown> {
  /** The event. */
  readonly event: DeliveredEvent;
  /**
   * Its id, the same each time it is delivered, even after restarts: for a change, its
   * `version()`.
   */
  readonly id: string;
  /**
   * The row's key as text, as written by `keyText()`. Changes of one key are in order. A
   * table without a key counts as one key, and so do the messages with one prefix. `null` for
   * events that affect more than one row, such as `truncate` and `relation`.
   */
  readonly key: string | null;
  /** The result of `encode`; `undefined` if there is none. */
  readonly body: Body;
}

/** The context of a write. */
export interface WriteContext {
  /** How often this batch was tried before: 0 at the first attempt. */
  readonly attempt: number;
  /** Aborted once nobody waits for the outcome any more. */
  readonly signal: AbortSignal;
}

/** The context in which a destination is opened. */
export interface OpenContext {
  /** Aborted once nobody waits for the outcome any more. */
  readonly signal: AbortSignal;
  /** Returns the server that the events currently come from; `null` if unknown. */
  readonly system: () => SystemIdentity | null;
  /**
   * Returns the checkpoint to store with the end of a transaction or chunk, for a destination
   * that stores the position with its data: `subscription.checkpointAfter()`; `null` if
   * unknown.
   */
  readonly checkpointAfter?: (event: AcknowledgeableEvent) => Checkpoint | null;
}

/** A delivery that did not become durable. */
export interface WriteFailure {
  /** Its index in the batch. */
  readonly index: number;
  /** The error. */
  readonly error: unknown;
  /** Whether a retry may help. If not, the delivery is rejected permanently. */
  readonly retryable: boolean;
  /** The minimum delay before the retry, in milliseconds. */
  readonly retryAfterMs?: number;
}

/**
 * The result of a batch: nothing if all of it is durable (or will be, once `flush` resolves),
 * otherwise the failures. Later deliveries with the same key as a failed one count as not
 * done, whatever their outcome.
 */
export type WriteOutcome = void | readonly WriteFailure[];

/**
 * A place to which changes are delivered. It writes batches; `deliver()` takes care of order,
 * retries, rejected changes and acknowledgement.
 *
 * @typeParam Body The result of `encode`.
 *
 * @example
 * ```ts
 * import type { Destination } from "@walbrook/walbrook/sink";
 *
 * const cache = new Map<string, unknown>();
 * const destination: Destination = {
 *   name: "cache",
 *   write(batch) {
 *     for (const { key } of batch) if (key !== null) cache.delete(key);
 *     return Promise.resolve();
 *   },
 * };
 * await destination.write([], {
 *   attempt: 0,
 *   signal: new AbortController().signal,
 * });
 * ```
 */
export interface Destination<Body = unknown> {
  /** Its name in reports, errors and dead letters. It is shown, so it must not be secret. */
  readonly name: string;
  /**
   * The order that it requires, and what it guarantees itself.
   *
   * - `"key"`: changes of one key must not overtake each other. Several batches are written
   *   at a time; no two of them contain the same key.
   * - `"all"`: it preserves the order of everything. Batches arrive in the order of the
   *   changes, up to `concurrency` of them before the first is settled. A batch may resolve
   *   only once everything before it is durable; if one fails, all batches after it must fail
   *   too.
   * - `"transaction"`: like `"all"`, one batch at a time, with every event from `begin` to
   *   `commit`. A batch ends with a `commit` or a `chunk`, unless a single transaction is
   *   larger. Then only the batch that ends it must make it durable, and after a failed batch
   *   everything since the last batch with such an end is written again.
   *
   * @default {"key"}
   */
  readonly order?: "key" | "all" | "transaction";
  /**
   * How many batches may be in progress with `order: "all"`.
   *
   * @default {1}
   */
  readonly concurrency?: number;
  /**
   * Which events it is given. With `order: "transaction"` also `begin`, `commit` and `chunk`.
   *
   * @default {["insert", "update", "delete", "read", "truncate", "message"]}
   */
  readonly accepts?: readonly DeliveredKind[];
  /**
   * The preferred batch size, where the caller's `batch` sets none.
   *
   * @default {{}}
   */
  readonly batch?: BatchOptions;
  /**
   * The maximum number of deliveries in a batch.
   *
   * @default {undefined} `batch.items`
   */
  readonly maxItems?: number;
  /**
   * The maximum size of a batch, in bytes.
   *
   * @default {undefined} `batch.bytes`
   */
  readonly maxBytes?: number;
  /**
   * The maximum size of one delivery, in bytes: a larger one is rejected before it is sent.
   *
   * @default {Infinity}
   */
  readonly maxDeliveryBytes?: number;
  /**
   * Whether a batch may contain only one delivery of each key: for destinations that process
   * a batch in any order, so that an older change could be applied after a newer one.
   *
   * @default {false}
   */
  readonly distinctKeys?: boolean;
  /**
   * Prepares the destination before the first event is read from the stream, and checks for
   * problems that would make it fail later.
   *
   * @param context What is known about the subscription, and a signal.
   * @throws The error that ends the delivery.
   */
  open?(context: OpenContext): Promise<void>;
  /**
   * Creates the body for an event, once for all attempts.
   *
   * @param event The event.
   * @returns The body of its delivery.
   * @throws If the delivery must be rejected.
   */
  encode?(event: DeliveredEvent): Body;
  /**
   * Returns the size of a body, in bytes.
   *
   * @param body A body that `encode` created.
   * @default {undefined} an estimate from the event
   */
  sizeOf?(body: Body): number;
  /**
   * Writes a batch.
   *
   * @param batch The deliveries, at least one.
   * @param context The attempt, and a signal that ends it.
   * @returns What did not become durable.
   * @throws If nothing is known of any delivery: all are tried again, unless it is a
   * {@linkcode DestinationError} that says that this can't help. Then the batch is written
   * again in halves until the refused delivery is found.
   */
  write(
    batch: readonly Delivery<Body>[],
    context: WriteContext,
  ): Promise<WriteOutcome>;
  /**
   * Makes everything written durable and visible. Called before anything is acknowledged, and
   * before and after events that affect more than one row. Not needed if `write` does so.
   *
   * @param context The attempt, and a signal that ends it.
   */
  flush?(context: WriteContext): Promise<void>;
  /**
   * Called with lost changes, once everything before them is durable. Without this method the
   * delivery ends with an error there.
   *
   * @param gap Where changes are lost, and why.
   */
  gap?(gap: Gap): Promise<void>;
  /** Releases the destination's resources at the end. */
  close?(): Promise<void>;
}

/**
 * An error that a destination's `write` throws if it knows more about the failure of the
 * whole batch.
 *
 * - By default the batch is tried again, not before `retryAfterMs`.
 * - `retryable: false` rejects the batch permanently, because of one delivery or several. It
 *   is written again in halves until each of them is found; the option `poison` decides what
 *   happens to them.
 * - `fatal: true` says that the destination can accept nothing more. The delivery ends,
 *   whatever `poison` says: the changes are not at fault, and become no dead letters.
 *
 * @example
 * ```ts
 * import { DestinationError } from "@walbrook/walbrook/sink";
 *
 * const error = new DestinationError("Cannot write: the stream is full", {
 *   retryable: true,
 *   retryAfterMs: 5_000,
 * });
 * console.log(error.retryable);
 * ```
 */
export class DestinationError extends Error {
  /** Whether a retry may help. If not, at least one delivery must be rejected. */
  readonly retryable: boolean;
  /** Whether the destination can accept nothing more: the delivery ends. */
  readonly fatal: boolean;
  /** The minimum delay before the next attempt, in milliseconds. */
  readonly retryAfterMs: number;

  /**
   * Creates the error.
   *
   * @param message What could not be done.
   * @param options Whether and when to try again, whether nothing can be written any more, and
   * the `cause`.
   */
  constructor(
    message: string,
    { fatal = false, retryable = !fatal, retryAfterMs = 0, ...options }:
      DestinationErrorOptions = {},
  ) {
    super(message, options);
    this.name = "DestinationError";
    this.retryable = retryable && !fatal;
    this.fatal = fatal;
    this.retryAfterMs = retryAfterMs;
  }
}

/** Options for a {@linkcode DestinationError}. */
export interface DestinationErrorOptions extends ErrorOptions {
  /**
   * Whether a retry may help. If not, at least one delivery must be rejected.
   *
   * @default {true} `false` with `fatal: true`
   */
  readonly retryable?: boolean;
  /**
   * Whether the destination can accept nothing more.
   *
   * @default {false}
   */
  readonly fatal?: boolean;
  /**
   * The minimum delay before the next attempt, in milliseconds.
   *
   * @default {0}
   */
  readonly retryAfterMs?: number;
}
