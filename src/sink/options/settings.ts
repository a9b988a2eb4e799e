import type { Stage } from "../../stages/stage.ts";
import type { DeadLetterStore } from "./dead_letter.ts";
import type { DeliveredKind } from "./deliverable.ts";
import type {
  DeliveryRetryOptions,
  Route,
  RouteOptions,
} from "./deliver_options.ts";
import type { Destination } from "./destination.ts";
import type { KeyOptions } from "../../encode/row_key.ts";

/** The limits of a batch. */
export interface BatchLimits {
  /** The number of deliveries. */
  readonly items: number;
  /** The size in bytes, unless the first delivery alone is larger. */
  readonly bytes: number;
  /** Whether a key may occur only once. */
  readonly distinctKeys: boolean;
}

/** The options of a route, with all defaults applied. */
export interface RouteSettings {
  /** The destination. */
  readonly destination: Destination;
  /** The kinds of events that the destination receives. */
  readonly accepts: ReadonlySet<DeliveredKind>;
  /** The number of lanes. */
  readonly lanes: number;
  /** The limits of a batch. */
  readonly limits: BatchLimits;
  /** How long a batch that is not full waits, in milliseconds. */
  readonly lingerMs: number;
  /** How much may be pending. */
  readonly pending: { readonly items: number; readonly bytes: number };
  /** The delays before retries. */
  readonly retry: DeliveryRetryOptions;
  /** Whether a destination that can't be opened is tried again. */
  readonly retriesFirst: boolean;
  /** After how many failures a delivery is poison. */
  readonly maxAttempts: number;
  /** The store for rejected deliveries; `null` to stop. */
  readonly store: DeadLetterStore | null;
  /** How many keys may have dead letters. */
  readonly maxParkedKeys: number;
  /** The columns that identify a row. */
  readonly keys: KeyOptions;
  /** The stages that change or drop events. */
  readonly stages: readonly Stage[];
}

const ACCEPTED: readonly DeliveredKind[] = [
  ...["insert", "update", "delete", "read", "truncate", "message"] as const,
];

// The events that delimit whole transactions.
const ENDS: readonly DeliveredKind[] = ["begin", "commit", "chunk"];

/**
 * Applies the defaults to a route.
 *
 * @throws {RangeError} If a number is out of its range.
 * @throws {TypeError} If options contradict the destination.
 */
export function resolveRoute(route: Route): RouteSettings {
  const { destination, pending = {}, retry = {} } = route;
  const batch = { ...destination.batch, ...route.batch };
  const { order = "key", maxItems = Infinity, maxBytes = Infinity } =
    destination;
  const { poison = "stop", maxParkedKeys = 10_000 } = route;
  if (order === "transaction" && poison !== "stop") {
    throw new TypeError(
      `Cannot keep dead letters for ${destination.name}: it takes whole transactions, which are either done or not; leave "poison" out`,
    );
  }
  return {
    destination,
    accepts: new Set([
      ...destination.accepts ?? ACCEPTED,
      ...order === "transaction" ? ENDS : [],
    ]),
    lanes: count("lanes", route.lanes ?? 16),
    limits: {
      items: Math.min(maxItems, count("batch.items", batch.items ?? 100)),
      bytes: Math.min(maxBytes, count("batch.bytes", batch.bytes ?? 2 ** 20)),
      distinctKeys: destination.distinctKeys ?? false,
    },
    lingerMs: duration("batch.lingerMs", batch.lingerMs ?? 0),
    pending: {
      items: count("pending.items", pending.items ?? 10_000),
      bytes: count("pending.bytes", pending.bytes ?? 2 ** 26),
    },
    retry: {
      initialDelayMs: duration(
        "retry.initialDelayMs",
        retry.initialDelayMs ?? 100,
      ),
      maxDelayMs: duration("retry.maxDelayMs", retry.maxDelayMs ?? 30_000),
    },
    retriesFirst: retry.first ?? false,
    maxAttempts: count("retry.maxAttempts", retry.maxAttempts ?? Infinity),
    store: poison === "stop" ? null : storeOf(poison),
    maxParkedKeys: count("maxParkedKeys", maxParkedKeys),
    keys: route.keys === undefined ? {} : { keys: route.keys },
    stages: route.stages ?? [],
  };
}

function storeOf(
  poison: Exclude<RouteOptions["poison"], "stop" | undefined>,
): DeadLetterStore {
  if (typeof poison !== "function") return poison;
  return {
    async keep(letters) {
      for (const letter of letters) await poison(letter);
    },
    async *read() {},
    release: () => Promise.resolve(),
  };
}

function count(name: string, value: number): number {
  if (value === Infinity || (Number.isSafeInteger(value) && value >= 1)) {
    return value;
  }
  throw new RangeError(
    `Cannot deliver with ${name} of ${value}: expected a whole number from 1`,
  );
}

function duration(name: string, value: number): number {
  if (value >= 0) return value;
  throw new RangeError(
    `Cannot deliver with ${name} of ${value}: expected milliseconds from 0`,
  );
}
