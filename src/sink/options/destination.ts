import type { AcknowledgeableEvent } from "../../events/event.ts";
import type { Checkpoint, SystemIdentity } from "../../preflight/checkpoint.ts";
import type { BatchOptions } from "./batch_options.ts";
import type { Gap } from "../../events/gap.ts";
import type { DeliveredEvent, DeliveredKind } from "./deliverable.ts";

/**
 * One event on its way to a destination.
 *
 * @typeParam Body What the destination's `encode` makes of an event.
 */
export interface Delivery<Body = unknown> {
  /** The event. */
  readonly event: DeliveredEvent;
  /**
   * What identifies it, each time it is delivered, after restarts too: of a change its
   * `version()`.
   */
  readonly id: string;
  /**
   * The row as one text, as `keyText()` writes it. Changes of one key are in order. A table
   * without a key counts as one key, and so do the messages of one prefix. `null` for what
   * concerns more than one row: `truncate`, `relation` and their like.
   */
  readonly key: string | null;
  /** What `encode` made of the event; `undefined` without one. */
  readonly body: Body;
}

/** What a destination is told besides the batch. */
export interface WriteContext {
  /** How often this batch was tried before: 0 for the first time. */
  readonly attempt: number;
  /** Aborted once nobody waits for the outcome any more. */
  readonly signal: AbortSignal;
}

/** What a destination is told before the first event. */
export interface OpenContext {
  /** Aborted once nobody waits for the outcome any more. */
  readonly signal: AbortSignal;
  /** Which server the events come from at the moment; `null` if that is not known. */
  readonly system: () => SystemIdentity | null;
  /**
   * What to store with the end of a transaction or chunk, for a destination that keeps the
   * position with its data: `subscription.checkpointAfter()`; `null` if that is not known.
   */
  readonly checkpointAfter?: (event: AcknowledgeableEvent) => Checkpoint | null;
}

/** A delivery that did not become durable. */
export interface WriteFailure {
  /** Its place in the batch. */
  readonly index: number;
  /** Why. */
  readonly error: unknown;
  /** Whether trying again may help. If not, the delivery is poison. */
  readonly retryable: boolean;
  /** How long to wait at the least before trying again, in milliseconds. */
  readonly retryAfterMs?: number;
}

/**
 * What became of a batch: nothing to say if all of it is durable (or will be, once `flush`
 * resolves), otherwise what failed. A later delivery of the same key as one that failed is
 * taken for not done, whatever became of it.
 */
export type WriteOutcome = void | readonly WriteFailure[];

/**
 * Where changes are delivered to. It writes batches; order, retries, poison and
 * acknowledgement are `deliver()`'s.
 *
 * @typeParam Body What `encode` makes of an event.
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
  /** What reports, errors and dead letters call it. No secret: it is shown. */
  readonly name: string;
  /**
   * Which order it needs help with, and what it keeps by itself.
   *
   * - `"key"`: changes of one key must not overtake each other. Several batches are
   *   written at a time, none with a key that another one holds.
   * - `"all"`: it keeps the order of everything. Batches come in the order of the changes,
   *   up to `concurrency` of them before the first is settled. A batch may only resolve
   *   once everything given before it is durable; where one fails, so must all behind it.
   * - `"transaction"`: as `"all"`, one at a time, with every event from `begin` to `commit`.
   *   A batch ends with a `commit` or a `chunk`, unless one transaction alone is larger. Then
   *   only the batch that ends it has to make it durable, and a batch that fails is followed
   *   by everything since the last one that ended so.
   *
   * @default {"key"}
   */
  readonly order?: "key" | "all" | "transaction";
  /** How many batches may be open at a time with `order: "all"`. @default {1} */
  readonly concurrency?: number;
  /**
   * Which events it is given.
   *
   * @default {["insert", "update", "delete", "read", "truncate", "message"]}
   */
  readonly accepts?: readonly DeliveredKind[];
  /** How much goes together best: what the caller's `batch` leaves open. @default {{}} */
  readonly batch?: BatchOptions;
  /** How many deliveries a batch has at the most. @default {undefined} `batch.items` */
  readonly maxItems?: number;
  /** How many bytes a batch has at the most. @default {undefined} `batch.bytes` */
  readonly maxBytes?: number;
  /**
   * How many bytes one delivery may have: a larger one is poison before it is sent.
   *
   * @default {Infinity}
   */
  readonly maxDeliveryBytes?: number;
  /**
   * Whether a batch may have one delivery of a key only: for destinations that do the parts
   * of a batch in any order, so that an older change could be done after a newer one.
   *
   * @default {false}
   */
  readonly distinctKeys?: boolean;
  /**
   * Prepares the destination, before the first event is taken from the stream: checks what
   * would fail later.
   *
   * @throws What ends the delivery.
   */
  open?(context: OpenContext): Promise<void>;
  /**
   * Makes what is sent of an event, once for all attempts.
   *
   * @throws What makes the delivery poison.
   */
  encode?(event: DeliveredEvent): Body;
  /** How many bytes a body has. @default {undefined} about what the event has */
  sizeOf?(body: Body): number;
  /**
   * Writes a batch.
   *
   * @returns What did not become durable.
   * @throws If nothing is known of any delivery: all are tried again, unless it is a
   * {@linkcode DestinationError} that says that this can't help.
   */
  write(
    batch: readonly Delivery<Body>[],
    context: WriteContext,
  ): Promise<WriteOutcome>;
  /**
   * Makes all that was written durable and visible. Called before anything is acknowledged,
   * and around what concerns more than one row. Left out where `write` does that.
   */
  flush?(context: WriteContext): Promise<void>;
  /**
   * Told of lost changes, when everything before them is durable. Without it the delivery
   * ends with an error there.
   */
  gap?(gap: Gap): Promise<void>;
  /** Releases what the destination holds, at the end. */
  close?(): Promise<void>;
}

/**
 * An error that a destination's `write` throws where it knows more of the whole batch than
 * that it failed.
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
  /** Whether trying again may help. If not, the delivery ends. */
  readonly retryable: boolean;
  /** How long to wait at the least before trying again, in milliseconds. */
  readonly retryAfterMs: number;

  /**
   * Makes the error.
   *
   * @param message What could not be done.
   * @param options Whether trying again may help, when, and the `cause`.
   */
  constructor(
    message: string,
    { retryable = true, retryAfterMs = 0, ...options }: DestinationErrorOptions,
  ) {
    super(message, options);
    this.name = "DestinationError";
    this.retryable = retryable;
    this.retryAfterMs = retryAfterMs;
  }
}

/** Options for a {@linkcode DestinationError}. */
export interface DestinationErrorOptions extends ErrorOptions {
  /** Whether trying again may help. @default {true} */
  readonly retryable?: boolean;
  /** How long to wait at the least, in milliseconds. @default {0} */
  readonly retryAfterMs?: number;
}
