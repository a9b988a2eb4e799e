import type { ReplicationEvent } from "../../events/event.ts";
import type { BatchOptions } from "./batch_options.ts";
import type { KeyColumns } from "../../encode/row_key.ts";
import type { Stage } from "../../stages/stage.ts";
import type { DeadLetter, DeadLetterStore } from "./dead_letter.ts";
import type { Destination } from "./destination.ts";

/** How much may wait for a destination before the stream is paused. */
export interface PendingOptions {
  /**
   * The number of deliveries.
   *
   * @default {10_000}
   */
  readonly items?: number;
  /**
   * The approximate size, in bytes.
   *
   * @default {67_108_864} 64 MiB
   */
  readonly bytes?: number;
}

/** How to retry failed deliveries. */
export interface DeliveryRetryOptions {
  /**
   * Whether to retry, too, if the destination can't be reached at the beginning. By default
   * the delivery ends at once, so that a wrong address is noticed. It always ends if the
   * destination reports that a retry cannot help.
   *
   * @default {false}
   */
  readonly first?: boolean;
  /**
   * The longest delay before the first retry, in milliseconds. It doubles with each failure;
   * the actual delay is random, in the upper half of that range.
   *
   * @default {100}
   */
  readonly initialDelayMs?: number;
  /**
   * The upper limit of the delay, in milliseconds.
   *
   * @default {30_000}
   */
  readonly maxDelayMs?: number;
  /**
   * The number of attempts after which a delivery is rejected.
   *
   * @default {Infinity} a destination that is down pauses the stream, and nothing is lost
   */
  readonly maxAttempts?: number;
}

/** How to deliver to one destination. */
export interface RouteOptions {
  /**
   * How many batches are written at a time. A key always uses the same lane. With one lane,
   * everything is written in the order of the changes.
   *
   * @default {16}
   */
  readonly lanes?: number;
  /**
   * The size of batches.
   *
   * @default {{}}
   */
  readonly batch?: BatchOptions;
  /**
   * How much may wait before the stream is paused.
   *
   * @default {{}}
   */
  readonly pending?: PendingOptions;
  /**
   * How to retry failed deliveries.
   *
   * @default {{}}
   */
  readonly retry?: DeliveryRetryOptions;
  /**
   * What to do with a delivery that the destination rejects permanently.
   *
   * `"stop"` ends the delivery with a {@linkcode DeliveryError}. A store keeps the change,
   * before it is acknowledged, and all later changes of its key, until the key is released or
   * its letters are replayed; everything else continues. A function acts as a store whose
   * letters can't be replayed. Events that affect more than one row (`truncate`, `relation`)
   * always stop the delivery.
   *
   * @default {"stop"}
   */
  readonly poison?:
    | "stop"
    | DeadLetterStore
    | ((letter: DeadLetter) => Promise<void>);
  /**
   * How many keys may have dead letters before the delivery stops.
   *
   * @default {10_000}
   */
  readonly maxParkedKeys?: number;
  /**
   * The columns that identify a row, by the table's name, for tables without a key.
   *
   * @default {{}}
   */
  readonly keys?: KeyColumns;
  /**
   * Stages that change or drop events for this destination, in order.
   *
   * @default {[]}
   */
  readonly stages?: readonly Stage[];
}

/** One of several destinations. */
export interface Route extends RouteOptions {
  /** The destination. */
  readonly destination: Destination;
}

/** A failed write, and what follows. */
export interface FailedWrite {
  /** The destination's name. */
  readonly destination: string;
  /** How many deliveries failed; 0 if the destination can't be reached at the beginning. */
  readonly deliveries: number;
  /** The id of the first of them; empty if there is none. */
  readonly id: string;
  /** The key of the first of them. */
  readonly key: string | null;
  /** How often it has failed. */
  readonly attempts: number;
  /** The error. */
  readonly error: unknown;
  /** What happens to them next. */
  readonly next: "retry" | "deadLetter" | "stop";
}

/** Options for {@linkcode deliver}. */
export interface DeliverOptions extends RouteOptions {
  /**
   * The events, if other streams stand between the subscription and the delivery: single
   * events, or arrays as in `subscription.batches`.
   *
   * @default {undefined} `subscription.batches`
   */
  readonly events?: ReadableStream<
    ReplicationEvent | readonly ReplicationEvent[]
  >;
  /**
   * How long `close()` waits for deliveries in progress, in milliseconds. Whatever is not
   * durable by then stays unacknowledged.
   *
   * @default {10_000}
   */
  readonly drainMs?: number;
  /**
   * Closes the sink, as `close()` does.
   *
   * @default {undefined}
   */
  readonly signal?: AbortSignal;
  /**
   * Called with each write that failed.
   *
   * @default {undefined}
   */
  readonly onFailure?: (failure: FailedWrite) => void;
}
