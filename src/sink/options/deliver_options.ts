import type { ReplicationEvent } from "../../events/event.ts";
import type { BatchOptions } from "./batch_options.ts";
import type { KeyColumns } from "../../encode/row_key.ts";
import type { Stage } from "../../stages/stage.ts";
import type { DeadLetter, DeadLetterStore } from "./dead_letter.ts";
import type { Destination } from "./destination.ts";

/** How much may wait for a destination before the stream does. */
export interface PendingOptions {
  /** How many deliveries. @default {10_000} */
  readonly items?: number;
  /** How many bytes, about. @default {67_108_864} 64 MiB */
  readonly bytes?: number;
}

/** How to try again what failed. */
export interface DeliveryRetryOptions {
  /**
   * The longest pause before the first repetition, in milliseconds. It doubles with each
   * failure; the pause itself is drawn by chance from the upper half of that.
   *
   * @default {100}
   */
  readonly initialDelayMs?: number;
  /** The longest pause of all, in milliseconds. @default {30_000} */
  readonly maxDelayMs?: number;
  /**
   * How often a delivery is tried before it is poison.
   *
   * @default {Infinity} a destination that is down makes the stream wait, and loses nothing
   */
  readonly maxAttempts?: number;
}

/** How to deliver to one destination. */
export interface RouteOptions {
  /**
   * How many batches are written at a time. A key is always in the same lane. With one lane
   * everything is in the order of the changes.
   *
   * @default {16}
   */
  readonly lanes?: number;
  /** How many deliveries go together. */
  readonly batch?: BatchOptions;
  /** How much may wait before the stream does. */
  readonly pending?: PendingOptions;
  /** How to try again what failed. */
  readonly retry?: DeliveryRetryOptions;
  /**
   * What to do with a delivery that the destination refuses for good.
   *
   * `"stop"` ends the delivery with a {@linkcode DeliveryError}. A store keeps it, before it
   * is acknowledged, and with it all later changes of its key, until the key is released or
   * its letters are replayed; everything else goes on. A function is such a store that keeps
   * nothing to replay. What concerns more than one row (`truncate`, `relation`) always stops.
   *
   * @default {"stop"}
   */
  readonly poison?:
    | "stop"
    | DeadLetterStore
    | ((letter: DeadLetter) => Promise<void>);
  /** How many keys may have dead letters before the delivery stops. @default {10_000} */
  readonly maxParkedKeys?: number;
  /**
   * The columns that tell a row, by the table's name, for tables that have no key.
   *
   * @default {{}}
   */
  readonly keys?: KeyColumns;
  /** What changes or drops events on their way to this destination, in order. @default {[]} */
  readonly stages?: readonly Stage[];
}

/** One of several destinations. */
export interface Route extends RouteOptions {
  /** Where to. */
  readonly destination: Destination;
}

/** A write that failed, and what follows. */
export interface FailedWrite {
  /** The destination's name. */
  readonly destination: string;
  /** How many deliveries failed. */
  readonly deliveries: number;
  /** The id of the first of them. */
  readonly id: string;
  /** The key of the first of them. */
  readonly key: string | null;
  /** How often it has failed. */
  readonly attempts: number;
  /** Why. */
  readonly error: unknown;
  /** What happens to them now. */
  readonly next: "retry" | "deadLetter" | "stop";
}

/** Options for {@linkcode deliver}. */
export interface DeliverOptions extends RouteOptions {
  /**
   * The events, where something stands between the subscription and here: single ones, or
   * arrays as `subscription.batches` has.
   *
   * @default {undefined} `subscription.batches`
   */
  readonly events?: ReadableStream<
    ReplicationEvent | readonly ReplicationEvent[]
  >;
  /**
   * How long `close()` waits for what is on its way, in milliseconds. What is not durable
   * by then stays unacknowledged.
   *
   * @default {10_000}
   */
  readonly drainMs?: number;
  /** Closes the sink, as `close()` does. @default {undefined} */
  readonly signal?: AbortSignal;
  /** Told of each write that failed. @default {undefined} */
  readonly onFailure?: (failure: FailedWrite) => void;
}
