import { DestinationError, type WriteOutcome } from "../options/destination.ts";
import type { Item } from "./item.ts";

/** A delivery that the destination rejects permanently. */
export interface RefusedItem {
  /** The delivery. */
  readonly item: Item;
  /** The reason. */
  readonly error: unknown;
}

/** What to do with each delivery of a written batch. */
export interface Verdict {
  /** Deliveries that are done. */
  readonly done: readonly Item[];
  /** Deliveries to retry, in order. */
  readonly again: readonly Item[];
  /** Rejected deliveries. */
  readonly refused: readonly RefusedItem[];
  /** Deliveries that follow a rejected one of the same key, in order. */
  readonly behind: readonly Item[];
  /** The first error of the deliveries to retry. */
  readonly error: unknown;
  /** The minimum delay before the retry, in milliseconds. */
  readonly retryAfterMs: number;
}

/** A batch with a refused delivery, if the destination does not say which one. */
export const SPLIT: unique symbol = Symbol("SPLIT");

/**
 * Decides what to do after a batch was written. A failed delivery holds up the later ones of
 * its key, whatever their outcome: they are retried or stored after it.
 *
 * @param batch The batch.
 * @param outcome The destination's result. Failures are counted in the deliveries.
 * @param maxAttempts The number of failures after which a delivery is rejected.
 */
export function judgeOutcome(
  batch: readonly Item[],
  outcome: WriteOutcome,
  maxAttempts: number,
): Verdict {
  if (!outcome || outcome.length === 0) return allDone(batch);
  const failures = new Map(outcome.map((failure) => [failure.index, failure]));
  const done: Item[] = [];
  const again: Item[] = [];
  const refused: RefusedItem[] = [];
  const behind: Item[] = [];
  const retried = new Set<string>();
  const parked = new Set<string>();
  let first: { readonly error: unknown } | undefined;
  let retryAfterMs = 0;
  for (let i = 0; i < batch.length; i++) {
    const item = batch[i]!;
    const failure = failures.get(i);
    if (concerns(item, parked)) {
      behind.push(item);
    } else if (concerns(item, retried)) {
      again.push(item);
    } else if (failure === undefined) {
      done.push(item);
    } else if (!failure.retryable || ++item.failures >= maxAttempts) {
      refused.push({ item, error: failure.error });
      addKeys(item, parked);
    } else {
      again.push(item);
      addKeys(item, retried);
      first ??= failure;
      retryAfterMs = Math.max(retryAfterMs, failure.retryAfterMs ?? 0);
    }
  }
  return { done, again, refused, behind, error: first?.error, retryAfterMs };
}

function allDone(done: readonly Item[]): Verdict {
  const nothing = { again: [], refused: [], behind: [] };
  return { done, ...nothing, error: undefined, retryAfterMs: 0 };
}

/**
 * Decides what to do with a batch of unknown outcome: everything is retried, except
 * deliveries that have failed too often.
 *
 * @returns {@linkcode SPLIT} if the batch is refused as a whole, and has several deliveries.
 * @throws The error itself, if it says that nothing can be written any more.
 */
export function judgeError(
  batch: readonly Item[],
  error: unknown,
  maxAttempts: number,
): Verdict | typeof SPLIT {
  const { fatal, retryable, retryAfterMs } = error instanceof DestinationError
    ? error
    : UNKNOWN;
  if (fatal) throw error;
  if (!retryable && batch.length > 1) return SPLIT;
  return judgeOutcome(
    batch,
    batch.map((_, index) => ({ index, error, retryable, retryAfterMs })),
    maxAttempts,
  );
}

const UNKNOWN = { fatal: false, retryable: true, retryAfterMs: 0 } as const;

function concerns(
  { key, previousKey }: Item,
  keys: ReadonlySet<string>,
): boolean {
  if (keys.size === 0) return false;
  return (key !== null && keys.has(key)) ||
    (previousKey !== null && keys.has(previousKey));
}

function addKeys({ key, previousKey }: Item, keys: Set<string>): void {
  if (key !== null) keys.add(key);
  if (previousKey !== null) keys.add(previousKey);
}
