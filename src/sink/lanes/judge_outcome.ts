import { DestinationError, type WriteOutcome } from "../options/destination.ts";
import type { Item } from "./item.ts";

/** A delivery that the destination refuses for good. */
export interface RefusedItem {
  /** The delivery. */
  readonly item: Item;
  /** Why. */
  readonly error: unknown;
}

/** What to do with each delivery of a batch that was written. */
export interface Verdict {
  /** Those that are done. */
  readonly done: readonly Item[];
  /** Those to try again, in order. */
  readonly again: readonly Item[];
  /** Those that are poison. */
  readonly refused: readonly RefusedItem[];
  /** Those behind a refused one of their key, in order. */
  readonly behind: readonly Item[];
  /** Why those to try again failed: the first of them. */
  readonly error: unknown;
  /** How long to wait for those to try again, at the least. */
  readonly retryAfterMs: number;
}

/**
 * Judges what became of a batch. A delivery that failed stops the later ones of its key,
 * whatever the destination made of them: they share its fate, behind it.
 *
 * @param batch The batch.
 * @param outcome What the destination said. What failed has it counted.
 * @param maxAttempts After how many failures a delivery is poison.
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
 * Judges a batch of which nothing is known: all of it is tried again, but for those that
 * were tried often enough.
 *
 * @throws The error itself, if it says that trying again can't help.
 */
export function judgeError(
  batch: readonly Item[],
  error: unknown,
  maxAttempts: number,
): Verdict {
  const known = error instanceof DestinationError ? error : null;
  if (known?.retryable === false) throw error;
  const retryAfterMs = known?.retryAfterMs ?? 0;
  return judgeOutcome(
    batch,
    batch.map((_, index) => ({ index, error, retryable: true, retryAfterMs })),
    maxAttempts,
  );
}

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
